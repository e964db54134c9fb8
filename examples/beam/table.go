package main

const shardRows = 1000 // then, and as many now

// columnBins are the columns of the table, and how many bins each has.
var columnBins = []struct {
	name  string
	bins  int
	moves int // of 100 rows so many are in the next bin now
}{
	{"age", 12, 0},
	{"income", 20, 5},
	{"channel", 4, 20},
	{"product", 40, 10},
}

// rng is splitmix64.
type rng uint64

func (r *rng) below(n int) int {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) >> 1 % uint64(n))
}

// readShard makes up a part of the table, where yours would be read.
type readShard struct{}

func (*readShard) ProcessElement(shard int, emit func(binKey, counts)) {
	r := rng(shard) << 32
	for range shardRows {
		for _, c := range columnBins {
			emit(binKey{c.name, r.bin(c.bins)}, counts{Then: 1})
			bin := r.bin(c.bins)
			if r.below(100) < c.moves {
				bin = (bin + 1) % c.bins
			}
			emit(binKey{c.name, bin}, counts{Now: 1})
		}
	}
}

// bin prefers the bins in the middle.
func (r *rng) bin(n int) int { return (r.below(n) + r.below(n)) / 2 }

// A shard has so many points of so many columns, of which columns 1 and 2 go with column 0; one point in a shard does not.
const (
	shardPoints  = 500
	pointColumns = 4
)

// readPoints makes up points, where yours would be read.
type readPoints struct{}

func (*readPoints) ProcessElement(shard int, emit func(point)) {
	r := rng(shard)<<32 + 1
	for i := range shardPoints {
		row := make([]float64, pointColumns)
		for j := range row {
			row[j] = r.bell()
			if j == 1 || j == 2 {
				row[j] = float64(j)*row[0] + row[j]/4
			}
		}
		if i == 7 {
			row[1] = -row[1] - 3
		}
		emit(point{shard*shardPoints + i, row})
	}
}

// bell is a sum of uniform numbers, with mean 0 and variance 1.
func (r *rng) bell() float64 {
	sum := 0.0
	for range 3 {
		sum += float64(r.below(1<<30))/(1<<29) - 1
	}
	return sum
}
