package relent

import "math"

// A sketch is the roots of a row's elements, in float32: the squared distance of two sketches is S = Σ (√p-√q)², computed by the
// kernel of [Centers]. Of longer rows it is the roots of the sums of groups of elements, whose S is smaller.

const (
	// sketchWidth is how many elements a sketch has at most: a call of the kernel takes some 20 µs.
	sketchWidth = 2048
	// blur is the error of a sketch relative to its norm: the roundings to float32, of a root, and of a sum of float64.
	blur = 0x1p-23
	// least is the error of an element, or of a square, that is too small for a float32.
	least = 0x1p-148
	// nowhere is the first element of the sketch of a row that every measure is NaN for, farther than what is a number.
	nowhere = 0x1p60
	// farthest is how large elements of a sketch may be.
	farthest = 0x1p30
)

// nan32 marks a bound that is no longer needed.
var nan32 = math.NaN()

// A bound says how near a row may be, given its sketch.
type bound[F Float] struct {
	measure Measure
	slope   float64 // the measure is at least slope·S and a part that does not depend on the row; 0 if it has no bound
	cols    int     // of the rows
	group   int     // columns of which a sketch has the sum
	width   int     // of a sketch
	scale   float64 // of a sketch, a power of two: elements of the rows' are at most 1
	largest float64 // element of a row
	total   float64 // of a row, at most
	errors  float64 // relative error of the measure, with room
	tiny    float64 // its absolute error where it is hardly a normal number
}

// A target is what is known of a query.
type target struct {
	bounded bool
	total   float64 // of its elements
	own     float64 // entropy, where it counts
	limit   float32 // bound beyond which a row is not wanted
	count   int     // of the neighbours found so far
}

// newBound is the bound for rows.
func newBound[F Float](m Measure, rows Matrix[F]) bound[F] {
	b := bound[F]{measure: m, slope: slopeOf(m), cols: rows.Cols, group: max(1, ceilDiv(rows.Cols, sketchWidth))}
	b.width = ceilDiv(ceilDiv(rows.Cols, b.group), quad) * quad
	b.errors, b.tiny = ErrorBound64, float64(rows.Cols)*0x1p-1070
	if !isFloat64[F]() {
		b.errors, b.tiny = ErrorBound32, float64(rows.Cols)*0x1p-145
	}
	b.errors = 4 * (b.errors + float64(min(rows.Cols, chunk)+64)/lanes*0x1p-53)
	greatest := 0.0
	for i := range rows.Rows {
		row := rows.Row(i)
		if !measurable(row) {
			continue
		}
		for j := 0; j < len(row); j += b.group {
			greatest = max(greatest, sumOf(row[j:min(j+b.group, len(row))]))
		}
		for _, v := range row {
			b.largest = max(b.largest, float64(v))
		}
		b.total = max(b.total, sumOf(row))
	}
	_, exponent := math.Frexp(math.Sqrt(greatest))
	b.scale = math.Ldexp(1, -exponent)
	if rows.Cols == 0 || !finite(greatest) || m == CE && b.largest > 1 {
		b.slope = 0
	}
	return b
}

// slopeOf is how many times S a measure is at least, in every element, apart from a part of the sums of the vectors and of
// the query. Of a root it is what its square is.
func slopeOf(m Measure) float64 {
	switch m {
	case JS, JSDistance:
		return math.Ln2 / 2
	case PSI:
		return 4
	case HellingerDistance:
		return 0.5
	case KL, GeneralizedKL, CE, Chi2, BCE, BinaryKL, BhattacharyyaDistance:
		return 1
	}
	return 0 // TotalVariation is at least S/2, and seldom near it
}

// measurable tells whether all elements are finite and not negative.
func measurable[F Float](row []F) bool {
	for _, v := range row {
		if !(v >= 0) || !finite(float64(v)) {
			return false
		}
	}
	return true
}

func sumOf[F Float](x []F) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}

// root is element j of the sketch of a row.
func (b *bound[F]) root(row []F, j int) float64 {
	return math.Sqrt(sumOf(row[j*b.group:min((j+1)*b.group, len(row))])) * b.scale
}

// panelTile is how many rows' sketches are laid out together.
func panelTile() int {
	s := panelShape[float32]()
	return s.lanes * s.group
}

// pack lays out the sketches of rows for the kernel: tiles of panels of columns, with zeros.
func (b *bound[F]) pack(rows Matrix[F]) []float32 {
	if b.slope == 0 {
		return nil
	}
	lanes, span := panelShape[float32]().lanes, panelShape[float32]().lanes*b.width
	tile := panelTile()
	packed := slice[float32](nil, ceilDiv(rows.Rows, tile)*tile*b.width)
	for i := range rows.Rows {
		row, z := rows.Row(i), packed[i/lanes*span+i%lanes:]
		if !measurable(row) {
			z[0] = nowhere
			continue
		}
		for j := range ceilDiv(b.cols, b.group) {
			z[j*lanes] = float32(b.root(row, j))
		}
	}
	return packed
}

// target packs the sketches of queries, and tells whether one of them is bounded.
func (b *bound[F]) target(s *search[F], queries Matrix[F]) (bounded bool) {
	s.quads = slice(s.quads, 2*quad*ceilDiv(groupQueries, 2*quad)*b.width)
	for i := range queries.Rows {
		t := &s.targets[i]
		*t = target{limit: float32(math.Inf(1))}
		if b.slope == 0 {
			continue
		}
		t.bounded = b.sketch(t, s.quads[i/quad*quad*b.width+i%quad:], queries.Row(i))
		bounded = bounded || t.bounded
	}
	return bounded
}

// sketch packs the sketch of a query, and tells whether there is one.
func (b *bound[F]) sketch(t *target, z []float32, query []F) bool {
	if !measurable(query) {
		return false
	}
	for j := range ceilDiv(b.cols, b.group) {
		root := b.root(query, j)
		if !(root <= farthest) {
			return false
		}
		z[j*quad] = float32(root)
	}
	t.total = sumOf(query)
	switch b.measure {
	case CE:
		t.own = Entropy(query)
		for _, v := range query {
			if v > 1 {
				return false
			}
		}
	case BCE:
		t.own = BinaryEntropy(query)
	}
	return true
}

// block computes the squared distances of the sketches of some queries and of rows of a block.
func (b *bound[F]) block(s *search[F], packed []float32, queries, from, to int) {
	lanes, tile := panelShape[float32]().lanes, panelTile()
	for first := from; first < to; first += tile {
		squareDistances(s.bounds[first-from:], packed[first*b.width:], s.quads, lanes*b.width, s.pitch, b.width, wholeTiles(queries))
	}
}

// limit is a number that the squared distance of sketches, as computed, does not exceed if the measure, as computed, does
// not exceed the distance. It is +Inf where nothing is known.
func (b *bound[F]) limit(t *target, distance float64) float32 {
	norms := (math.Sqrt(t.total) + math.Sqrt(b.total)) * b.scale
	n := float64(b.width)
	// S is the square of the distance of the exact sketches; those computed are not farther from them than their errors.
	root := math.Sqrt(max(0, b.squares(t, distance)))*b.scale + blur*norms + math.Sqrt(n)*least
	limit := float32(root*root*(1+(n+16)*blur) + n*least)
	if limit != limit {
		return float32(math.Inf(1))
	}
	return limit
}

// squares is what S does not exceed if the measure does not exceed the distance.
func (b *bound[F]) squares(t *target, distance float64) float64 {
	if b.measure == JSDistance || b.measure == HellingerDistance {
		distance *= distance
	}
	exact := distance + b.errors*math.Abs(distance) + b.tiny // which the measure does not exceed
	both := t.total + b.total
	missed := both * float64(b.cols+64) * 0x1p-52 // by the additions
	switch b.measure {
	case KL: // Σ p·log(p/q) is at least S + Σp - Σq; its terms below 0 are at least -Σq together
		return exact + b.total - t.total + missed + 2*b.errors*b.total
	case CE: // KL and the entropy
		return exact + b.total - t.total + missed - t.own*(1-b.errors)
	case BCE: // BinaryKullbackLeibler and the entropy
		return exact - t.own*(1-b.errors)
	case BhattacharyyaDistance: // Σ √(pq) = (Σp + Σq - S)/2
		return both + missed - 2*math.Exp(-exact-2*b.errors)*(1-0x1p-40)
	}
	return exact / b.slope
}
