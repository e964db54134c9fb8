package drift

import (
	"math"
	"slices"

	"github.com/relent-go/relent"
)

// sortedFinite are the finite numbers of x in ascending order.
func sortedFinite[F relent.Float](x []F) []float64 {
	sorted := make([]float64, 0, len(x))
	for _, v := range x {
		if v := float64(v); v-v == 0 {
			sorted = append(sorted, v)
		}
	}
	sortNumbers(sorted)
	return sorted
}

const (
	digitBits = 11 // of a key at a time
	digits    = (64 + digitBits - 1) / digitBits
	fewest    = 1 << 12 // from so many numbers on digits are faster than comparisons
)

// sortNumbers sorts numbers, none of which is NaN; -0 comes before 0 or among zeros. Many are sorted by the digits of their patterns, the least
// significant first; a digit that all have is passed over.
func sortNumbers(x []float64) {
	if len(x) < fewest || len(x) > math.MaxInt32 {
		slices.Sort(x)
		return
	}
	keys := make([]uint64, 2*len(x))
	from, to := keys[:len(x)], keys[len(x):]
	var counts [digits][1 << digitBits]int32
	for i, v := range x {
		key := keyOf(v)
		from[i] = key
		for d := range digits {
			counts[d][key>>(d*digitBits)&(1<<digitBits-1)]++
		}
	}
	for d := range digits {
		places := &counts[d]
		if places[from[0]>>(d*digitBits)&(1<<digitBits-1)] == int32(len(x)) {
			continue
		}
		next := int32(0)
		for i, n := range places {
			places[i], next = next, next+n
		}
		for _, key := range from {
			place := &places[key>>(d*digitBits)&(1<<digitBits-1)]
			to[*place] = key
			*place++
		}
		from, to = to, from
	}
	for i, key := range from {
		x[i] = numberOf(key)
	}
}

// keyOf is an unsigned integer in the order of the numbers, and numberOf the number.
func keyOf(x float64) uint64 {
	b := math.Float64bits(x)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

func numberOf(key uint64) float64 {
	return math.Float64frombits(key ^ (uint64(int64(^key)>>63) | 1<<63))
}
