package drift

import (
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/pass"
)

// A sieve counts a column of many limits in two steps, so that a value is compared with some thirty at most: with the first one of each part of the
// limits, which sorts the values into parts, and, whenever enough of a part have come together, with those of the part.
type sieve[F relent.Float] struct {
	limits int
	firsts []F // of the parts but the first one
	table  []F // the limits of each part, in all lanes
}

const (
	directly    = 64   // limits that are compared in one step
	partLimits  = 16   // of a part; the first one of all is -Inf, which every number reaches
	partValues  = 512  // that are compared at a time, a power of two, and whole groups of stripes
	rankValues  = 1024 // that are sorted at a time, whole stripes
	leastSifted = 1024 // values that are worth it
)

// newSieve is of limits as limitsOf has them.
func newSieve[F relent.Float](limits []F) *sieve[F] {
	s := &sieve[F]{limits: len(limits)}
	all := append([]F{F(math.Inf(-1))}, limits...)
	for len(all)%partLimits != 0 {
		all = append(all, F(math.NaN())) // which none reaches
	}
	for i := partLimits; i < len(all); i += partLimits {
		s.firsts = append(s.firsts, all[i])
	}
	for _, limit := range all {
		for range lanesOf[F]() {
			s.table = append(s.table, limit)
		}
	}
	return s
}

// sifted is the memory of one goroutine.
type sifted[F relent.Float] struct {
	column, ranks []F
	values        []F   // room of partValues for each part
	next          []int // where the next one of a part goes
	lanes         []F   // counts of each part
}

func newSifted[F relent.Float]() *sifted[F] {
	const parts = (MaxBins+2)/partLimits + 1
	m := &sifted[F]{
		column: make([]F, rankValues), ranks: make([]F, rankValues), values: make([]F, parts*partValues), next: make([]int, parts),
		lanes: make([]F, parts*partLimits*lanesOf[F]()),
	}
	for k := range m.next {
		m.next[k] = k * partValues
	}
	return m
}

// count adds the values of a column of rows to bins.
func (s *sieve[F]) count(m *sifted[F], bins []uint64, x relent.Matrix[F], column, from, to int) {
	for at := from; at < to; at += rankValues {
		s.sort(m, s.column(m, x, column, at, min(at+rankValues, to)))
	}
	for k := range len(s.firsts) + 1 {
		s.compare(m, k)
	}
	s.fold(m, bins, uint64(to-from))
}

// column is the values of some rows, side by side.
func (s *sieve[F]) column(m *sifted[F], x relent.Matrix[F], column, from, to int) []F {
	if x.Stride == 1 {
		return x.Data[from:to]
	}
	values := m.column[:to-from]
	for i := range values {
		values[i] = x.Data[(from+i)*x.Stride+column]
	}
	return values
}

// sort puts values into the parts that they belong to; NaN, which reaches nothing, into the first one.
func (s *sieve[F]) sort(m *sifted[F], values []F) {
	lanes := lanesOf[F]()
	if rest := len(values) % lanes; rest > 0 { // whole stripes
		all := m.column[:(len(values)+lanes-1)/lanes*lanes]
		copy(all, values)
		clear(all[len(values):])
		s.rank(m, all)
	} else {
		s.rank(m, values)
	}
	next, ranks := m.next, m.ranks[:len(values)]
	for i, v := range values {
		k := int(countIn(ranks[i]))
		at := next[k]
		m.values[at] = v
		next[k] = at + 1
		if (at+1)%partValues == 0 {
			s.compare(m, k)
		}
	}
}

// rank sets ranks of whole stripes: the parts.
func (s *sieve[F]) rank(m *sifted[F], values []F) {
	var numbers pass.Numbers
	numbers.Set(float64(len(s.firsts)), float64(len(values)/lanesOf[F]()))
	relent.Pass(pass.Ranks, &numbers, m.ranks[:len(values)], s.firsts, values)
}

// compare counts the values of a part that there are.
func (s *sieve[F]) compare(m *sifted[F], k int) {
	lanes := lanesOf[F]()
	from, to := k*partValues, m.next[k]
	for ; (to-from)%(group*lanes) != 0; to++ {
		m.values[to] = F(math.NaN())
	}
	if to > from {
		var numbers pass.Numbers
		numbers.Set(float64(lanes), partLimits, float64((to-from)/(group*lanes)))
		begin, end := k*partLimits*lanes, (k+1)*partLimits*lanes
		relent.Pass(pass.Reached, &numbers, m.lanes[begin:end], s.table[begin:end], m.values[from:to])
	}
	m.next[k] = from
}

// fold brings what is counted in lanes to the bins of so many values.
func (s *sieve[F]) fold(m *sifted[F], bins []uint64, values uint64) {
	lanes := lanesOf[F]()
	reach := func(limit int) (n uint64) {
		for _, c := range m.lanes[limit*lanes : (limit+1)*lanes] {
			n += countIn(c)
		}
		return n
	}
	for i := range s.limits + 1 {
		n := reach(i)
		if i%partLimits == 0 {
			values -= n
		}
		if i < s.limits && (i+1)%partLimits != 0 {
			n -= reach(i + 1)
		}
		bins[i] += n
	}
	bins[s.limits+1] += values // missing
	clear(m.lanes)
}
