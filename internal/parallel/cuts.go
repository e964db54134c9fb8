package parallel

import "sort"

// Parts are n things cut into ranges of the same length, but for the last. A job whose tiles are parts embeds it.
type Parts struct{ n, length int }

// Parts cuts n things into parts of whole units where there are many: several for each goroutine, so that none waits long for
// one that a busy core holds up, and of at most so many things, or one unit.
func (r Run) Parts(n, unit, most int) Parts {
	const each = 8 // parts of a goroutine
	goroutines := r.Goroutines(n)
	length := n/goroutines + min(1, n%goroutines)
	if length >= each*unit {
		length = length / each / unit * unit
	}
	return Parts{n, max(1, min(length, max(unit, most/unit*unit)))}
}

// Size is that of a job.
func (p Parts) Size() (tiles, results int) {
	return p.n/p.length + min(1, p.n%p.length), p.n
}

// Part is the range of a tile.
func (p Parts) Part(tile int) (from, to int) {
	from = tile * p.length
	return from, from + min(p.length, p.n-from)
}

// Costs says what results of different costs take, so that tiles take about the same.
type Costs interface {
	// Before is the cost of the results before one, up to and including all: it ascends.
	Before(result int) int64
}

// EvenTiles is how many tiles of about a cost so many results are cut into.
func EvenTiles[C Costs](results int, cost int64, c C) int {
	if results == 0 {
		return 0
	}
	return int((c.Before(results) + cost - 1) / cost)
}

// EvenTile is the results of a tile: those before which its share of the cost has been reached, and no further one's.
// Where one result takes more than a tile there are tiles without any.
func EvenTile[C Costs](tile, results int, cost int64, c C) (from, to int) {
	begin := int64(tile) * cost
	from = sort.Search(results, func(i int) bool { return c.Before(i) >= begin })
	to = from + sort.Search(results-from, func(i int) bool { return c.Before(from+i) >= begin+cost })
	return from, to
}
