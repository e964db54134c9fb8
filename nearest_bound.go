package relent

import (
	"math"

	"github.com/relent-go/relent/internal/parallel"
	"github.com/relent-go/relent/internal/sizes"
)

// A sketch is a point that stands for a row, in float32, such that the squared distance D of those of a query and a row, which the
// kernel of [Centers] computes, says how near the row may be. There are two kinds.
//
// Of roots: D is S = Σ (√p-√q)². Of longer rows they are the roots of the sums of groups of elements, whose S is smaller.
//
// Of logarithms, for the measures that are Σ p·(-log q) and something that the row has no part in, or only its sum has: with a, b
// powers of two, the row is a·(log q, ..., y), the query b·(p, ..., 0), and y makes all rows equally long (Bachrach et al.,
// Speeding up the Xbox recommender system using a Euclidean transformation for inner-product spaces, 2014). So D is a
// constant and 2ab·Σ p·(-log q). Logarithms of elements that are 0 or nearly are raised to -dearest, which makes D smaller. Of
// longer rows they are those of the sums of groups, which makes the divergence smaller.

const (
	// sketchWidth is how many elements of a row a sketch has at most: a call of the kernel takes some 20 µs.
	sketchWidth = 2048
	// blur is the error of a sketch relative to its norm: the roundings to float32, of a root or a logarithm, and of a sum of
	// float64.
	blur = 0x1p-23
	// least is the error of an element, or of a square, that is too small for a float32.
	least = 0x1p-148
	// nowhere is the first element of the sketch of a row that every measure is NaN for, farther than what is a number.
	nowhere = 0x1p60
	// farthest is how large elements of a sketch may be.
	farthest = 0x1p30
	// dearest is the most that -log q is taken for, in nats: what is far larger than others would cost them their accuracy.
	dearest = 32
	// extreme is the exponent beyond which logarithms' scales do not go.
	extreme = 1000
)

// nan32 marks a bound that is no longer needed.
var nan32 = math.NaN()

// boundTraits are what a measure declares of a bound, see package kernels.
type boundTraits struct {
	slope      float64 // the measure is at least slope·S and a part that does not depend on the row; 0 if it has no bound
	logarithms bool    // sketches are of logarithms; then slope only is not 0
	root       bool    // of what the slope is of
	part       boundPart
}

// A boundPart is what the measure is more than slope·S, of the sums of the vectors and of the query.
type boundPart uint8

const (
	boundNothing boundPart = iota
	boundNegativeTerms
	boundSums
	boundEntropy
	boundBinaryEntropy
	boundCoefficient
)

// A bound says how near a row may be, given its sketch.
type bound[F Float] struct {
	boundTraits
	cols    int // of the rows
	group   int // columns of which a sketch has the sum
	groups  int
	width   int     // of a sketch
	scale   float64 // of a sketch, a power of two: elements of the rows' are at most 1
	reach   float64 // norm of the rows' sketches of logarithms
	weight  float64 // of a row's sum less the fewest, in sketches for GeneralizedKullbackLeibler, a power of two; 0 where all are the same
	largest float64 // element of a row
	total   float64 // of a row, at most
	fewest  float64 // total of a row, at least
	errors  float64 // relative error of the measure, with room
	tiny    float64 // its absolute error where it is hardly a normal number
}

// A target is what is known of a query.
type target struct {
	aimed    bool    // there is a sketch
	bounded  bool    // by it, in the block at hand
	resting  int     // blocks to come without bounds
	rest     int     // as many as there are at a time, as bounds did not pay
	total    float64 // of its elements
	own      float64 // entropy, where it counts
	scale    float64 // of its sketch beside a row's
	square   float64 // of the norm of its sketch of logarithms
	limit    float32 // bound beyond which a row is not wanted
	count    int     // of the neighbours found so far
	measured int     // rows of the block at hand
}

// newBound is the bound for rows.
func newBound[F Float](m Measure, reversed bool, rows Matrix[F]) bound[F] {
	b := bound[F]{boundTraits: m.traits().bound, cols: rows.Cols, fewest: math.Inf(1), scale: 1}
	if reversed && b.part != boundNothing { // S does not depend on the order, all else does
		b.boundTraits = boundTraits{}
	}
	b.group = max(1, ceilDiv(rows.Cols, sketchWidth))
	b.groups = ceilDiv(rows.Cols, b.group)
	b.width = ceilDiv(b.groups, quad) * quad
	if b.logarithms {
		b.width = ceilDiv(b.groups+2, quad) * quad
	}
	b.errors, b.tiny = ErrorBound64, float64(float64(rows.Cols)*0x1p-1070)
	if !isFloat64[F]() {
		b.errors, b.tiny = ErrorBound32, float64(float64(rows.Cols)*0x1p-145)
	}
	b.errors = float64(4 * (b.errors + float64(float64(min(rows.Cols, chunk)+64)/lanes*0x1p-53)))
	if rows.Cols == 0 {
		b.slope = 0
		return b
	}
	greatest := 0.0
	for i := range rows.Rows {
		row := rows.Row(i)
		if !measurable(row) {
			continue
		}
		for j := range b.groups {
			greatest = max(greatest, b.sumOfPart(row, j))
		}
		for _, v := range row {
			b.largest = max(b.largest, float64(v))
		}
		sum := sumOf(row)
		b.total, b.fewest = max(b.total, sum), min(b.fewest, sum)
	}
	b.scale = powerAbove(math.Sqrt(greatest), -1)
	if !finite(greatest) || b.part == boundEntropy && b.largest > 1 {
		b.slope = 0
	}
	if b.logarithms && b.slope > 0 {
		b.spread(rows)
	}
	return b
}

// powerAbove is the least power of two above x, to the power of sign, which is 1 or -1; 1 if x is 0.
func powerAbove(x float64, sign int) float64 {
	_, exponent := math.Frexp(x)
	return math.Ldexp(1, sign*max(exponent, -extreme))
}

// spread measures how far apart the logarithms are.
func (b *bound[F]) spread(rows Matrix[F]) {
	if b.part == boundSums && b.total > b.fewest {
		b.weight = powerAbove(b.total-b.fewest, 1)
	}
	b.scale = 1
	v, reach := make([]float64, b.width), 0.0
	for i := range rows.Rows {
		if row := rows.Row(i); measurable(row) {
			b.logs(v, row)
			reach = max(reach, normSquared(v))
		}
	}
	reach = math.Sqrt(reach)
	b.scale = powerAbove(reach, -1)
	b.reach = float64(reach * b.scale)
	if !finite(b.total) {
		b.slope = 0
	}
}

func normSquared(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v * v)
	}
	return sum
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

// sumOfPart is the sum of the elements of a row that element j of a sketch stands for.
func (b *bound[F]) sumOfPart(row []F, j int) float64 {
	return sumOf(row[j*b.group : min((j+1)*b.group, len(row))])
}

// fill sets v to the sketch of a row.
func (b *bound[F]) fill(v []float64, row []F) {
	if b.logarithms {
		b.logs(v, row)
		v[b.width-1] = math.Sqrt(max(0, float64(b.reach*b.reach)-normSquared(v)))
		return
	}
	b.roots(v, row)
}

func (b *bound[F]) roots(v []float64, row []F) {
	for j := range b.groups {
		v[j] = math.Sqrt(b.sumOfPart(row, j)) * b.scale
	}
}

// logs sets v to the sketch of a row, but for the last element, which is 0.
func (b *bound[F]) logs(v []float64, row []F) {
	clear(v)
	logs := v[:b.groups]
	for j := range logs {
		logs[j] = b.sumOfPart(row, j)
	}
	negLogs(logs)
	for j, x := range logs {
		logs[j] = -b.scale * min(x, dearest)
	}
	if b.weight > 0 {
		v[b.groups] = -b.scale * ((sumOf(row) - b.fewest) / b.weight)
	}
}

// panelsFromOne is how many panels the kernel of a single query takes at once.
const panelsFromOne = 3

// panelTile is how many rows' sketches are laid out together: whole groups of panels for the kernel of many queries and for that of one.
func panelTile() int {
	s := panelShape[float32]()
	panels := s.group
	for panels%panelsFromOne != 0 {
		panels += s.group
	}
	return s.lanes * panels
}

// pack lays out the sketches of rows for the kernel: tiles of panels of columns, with zeros.
func (b *bound[F]) pack(rows Matrix[F]) []float32 {
	if b.slope == 0 {
		return nil
	}
	lanes, span := panelShape[float32]().lanes, panelShape[float32]().lanes*b.width
	tile := panelTile()
	padded := ceilDiv(rows.Rows, tile) * tile
	packed := aligned(sizes.Make[float32](here, "NewIndex", padded+cacheLine/4/quad, b.width))
	v := make([]float64, b.width)
	for i := range rows.Rows {
		row, z := rows.Row(i), packed[i/lanes*span+i%lanes:]
		if !measurable(row) {
			z[0] = nowhere
			continue
		}
		b.fill(v, row)
		for j, x := range v {
			z[j*lanes] = float32(x)
		}
	}
	return packed
}

// Bounds that leave most rows of a block to be measured cost more than they save: so many blocks go without them then, more each time.
const shortestRest, longestRest = 3, 31

// wake tells whether a target is bounded in the next block.
func wake(targets []target) (any bool) {
	for i := range targets {
		t := &targets[i]
		t.bounded = t.aimed && t.resting == 0
		t.resting = max(0, t.resting-1)
		any = any || t.bounded
	}
	return any
}

// judge decides on rest, given the rows of a block.
func (t *target) judge(rows int) {
	switch {
	case !t.bounded:
	case t.measured > rows-rows/8:
		t.rest = max(shortestRest, min(2*t.rest+1, longestRest))
		t.resting = t.rest
	default:
		t.rest = 0
	}
}

// target packs the sketches of queries, unless the worker is stopped.
func (b *bound[F]) target(s *search[F], w *parallel.Worker, queries Matrix[F]) {
	s.quads = slice(s.quads, 2*quad*ceilDiv(groupQueries, 2*quad)*b.width)
	s.sketch = slice(s.sketch, b.width)
	for i := range queries.Rows {
		t := &s.targets[i]
		*t = target{limit: float32(math.Inf(1)), scale: 1}
		query := queries.Row(i)
		if b.slope == 0 || w.Stopped() || !measurable(query) {
			continue
		}
		t.total = sumOf(query)
		if t.aimed = b.aim(t, s.sketch[:b.width], query); !t.aimed {
			continue
		}
		z := s.quads[i/quad*quad*b.width+i%quad:]
		for j, x := range s.sketch[:b.width] {
			z[j*quad] = float32(x)
		}
	}
}

// aim sets v to the sketch of a query, and tells whether there is one.
func (b *bound[F]) aim(t *target, v []float64, query []F) bool {
	if b.logarithms {
		return b.aimAtLogarithms(t, v, query)
	}
	b.roots(v, query)
	for _, x := range v {
		if !(x <= farthest) {
			return false
		}
	}
	if b.part == boundBinaryEntropy {
		t.own = BinaryEntropy(query)
	}
	return true
}

func (b *bound[F]) aimAtLogarithms(t *target, v []float64, query []F) bool {
	clear(v)
	p, most := v[:b.groups], 1.0
	for j := range p {
		p[j] = b.sumOfPart(query, j)
		most = max(most, p[j])
	}
	b.ownEntropy(t, p, -negLog(most), query)
	v[b.groups] = b.weight
	if norm := math.Sqrt(normSquared(v)); norm <= 0x1p500 { // its power above is in range
		t.scale = powerAbove(norm, -1)
	} else {
		return false
	}
	for j := range v {
		v[j] *= t.scale
	}
	t.square = normSquared(v)
	return true
}

// ownEntropy sets what the sum Σ p·(-log q) of the groups exceeds the divergence by, or more: the entropy of the groups p; the
// cross-entropy, less what it loses of the entropy by grouping. The sizes of the entropy's terms are, together, at most it
// and twice those of elements above 1, whose logarithm is at most top.
func (b *bound[F]) ownEntropy(t *target, p []float64, top float64, query []F) {
	if b.part == boundEntropy && b.group == 1 {
		return
	}
	entropy := Entropy(p)
	t.own = entropy + float64((b.errors+float64(float64(b.group)*0x1p-50))*(math.Abs(entropy)+float64(2*t.total*top)+t.total)) + b.tiny
	if b.part == boundEntropy {
		entropy = Entropy(query)
		t.own -= entropy - float64(b.errors*(math.Abs(entropy)+float64(2*t.total*top))) - b.tiny
	}
}

// block computes the squared distances of the sketches of some queries and of rows of a block.
func (b *bound[F]) block(s *search[F], packed []float32, targets []target, from, to int) {
	if len(targets) == 1 {
		b.blockOfOne(s, packed, targets[0].limit, from, to)
		return
	}
	shape, together := panelShape[float32](), queriesOfTile()
	rows := ceilDiv(len(targets), together) * together
	for first := from; first < to; first += shape.lanes * shape.group {
		squareDistances(s.bounds[first-from:], packed[first*b.width:], s.quads, shape.lanes*b.width, s.pitch, b.width, rows, b.width)
	}
}

// blockOfOne is block of a single query. Where that has its neighbours it computes the parts of some columns first: where they are beyond
// the limit, so is the whole, as its sum grows from them.
func (b *bound[F]) blockOfOne(s *search[F], packed []float32, limit float32, from, to int) {
	const part = 4
	lanes := panelShape[float32]().lanes
	few, tile := b.width/part/quad*quad, lanes*panelsFromOne
	for first := from; first < to; first += tile {
		bounds, panels := s.bounds[first-from:], packed[first*b.width:]
		if few > 0 && limit < float32(math.Inf(1)) {
			squareDistancesFromOne(bounds, panels, s.quads, lanes*b.width, tile, few, 1, few)
			if countWithin(bounds[:tile], limit) == 0 {
				continue
			}
		}
		squareDistancesFromOne(bounds, panels, s.quads, lanes*b.width, tile, b.width, 1, b.width)
	}
}

// queriesOfTile is how many queries the kernel takes at once.
func queriesOfTile() int {
	if isa == avx512 {
		return 2 * quad
	}
	return quad
}

// limit is a number that the squared distance of sketches, as computed, does not exceed if the measure, as computed, does
// not exceed the distance. It is +Inf where nothing is known.
func (b *bound[F]) limit(t *target, distance float64) float32 {
	square, norms := b.squareOfRoots(t, distance)
	if b.logarithms {
		square, norms = b.squareOfLogarithms(t, distance)
	}
	n := float64(b.width)
	// D is the square of the distance of the exact sketches; those computed are not farther from them than their errors.
	root := math.Sqrt(max(0, square)) + float64(blur*norms) + float64(math.Sqrt(n)*least)
	limit := float32(float64(root*root*(1+float64((n+16)*blur))) + float64(n*least))
	if limit != limit {
		return float32(math.Inf(1))
	}
	return limit
}

// squareOfRoots is what D does not exceed if the measure does not exceed the distance, and the norms of the sketches together.
func (b *bound[F]) squareOfRoots(t *target, distance float64) (square, norms float64) {
	return float64(b.squares(t, distance) * b.scale * b.scale), float64((math.Sqrt(t.total) + math.Sqrt(b.total)) * b.scale)
}

// squareOfLogarithms is what squareOfRoots is, of logarithms.
func (b *bound[F]) squareOfLogarithms(t *target, distance float64) (square, norms float64) {
	exact := b.exact(distance) + t.own // which Σ p·(-log q), of groups, does not exceed
	switch b.part {
	case boundNegativeTerms: // its terms below 0 are at least -Σq together
		exact += float64(2 * b.errors * b.total)
	case boundSums: // with the row's sum less the fewest
		exact += t.total - b.fewest + b.missed(t)
	}
	n := float64(b.width)
	norm := math.Sqrt(t.square)
	slack := float64(b.reach*b.reach*n*0x1p-50) + float64(math.Sqrt(n)*float64(b.group)*0x1p-50*norm*b.scale)
	return float64(b.reach*b.reach) + t.square + float64(2*b.scale*t.scale*exact) + slack, b.reach + norm
}

// exact is what the measure does not exceed if, as computed, it does not exceed the distance: it is a sum of terms that are
// not negative.
func (b *bound[F]) exact(distance float64) float64 {
	return distance + float64(b.errors*math.Abs(distance)) + b.tiny
}

// missed is the error of the sums of a query and a row.
func (b *bound[F]) missed(t *target) float64 {
	return float64((t.total + b.total) * float64(b.cols+64) * 0x1p-52)
}

// squares is what S does not exceed if the measure does not exceed the distance.
func (b *bound[F]) squares(t *target, distance float64) float64 {
	if b.root {
		distance = float64(distance * distance)
	}
	exact := b.exact(distance)
	switch b.part {
	case boundBinaryEntropy: // BinaryKullbackLeibler and the entropy
		return exact - float64(t.own*(1-b.errors))
	case boundCoefficient: // Σ √(pq) = (Σp + Σq - S)/2
		coefficient := [1]float64{-exact - float64(2*b.errors)}
		exp(coefficient[:], coefficient[:])
		return t.total + b.total + b.missed(t) - float64(2*coefficient[0]*(1-0x1p-40))
	}
	return exact / b.slope
}
