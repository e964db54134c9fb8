package parallel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestParts(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 3, 8, 1e6} {
		for _, n := range []int{0, 1, 2, 7, 191, 192, 193, 5000, 100000} {
			for _, unit := range []int{1, 12, 192} {
				for _, most := range []int{0, 1, 100, 192, 1000, 1e9} {
					p := Run{Workers: workers}.Parts(n, unit, most)
					tiles, results := p.Size()
					next := 0
					for tile := range tiles {
						from, to := p.Part(tile)
						if from != next || to <= from {
							t.Fatalf("%d workers, %d in units of %d: part %d is from %d to %d, after %d", workers, n, unit, tile, from, to, next)
						}
						if to-from > max(most, unit) {
							t.Errorf("%d workers, %d in units of %d, at most %d: %d", workers, n, unit, most, to-from)
						}
						if n >= 8*8*unit && to < n && (to-from)%unit != 0 {
							t.Errorf("%d workers, %d in units of %d: %d", workers, n, unit, to-from)
						}
						next = to
					}
					if next != n || results != n {
						t.Errorf("%d workers: %d of %d, %d results", workers, next, n, results)
					}
				}
			}
		}
	}
	if tiles, _ := (Run{Workers: 4}).Parts(1<<20, 192, 1<<30).Size(); tiles < 4*8 || tiles > 4*8+1 {
		t.Errorf("%d parts for 4 workers", tiles)
	}
}

type costList []int64 // of each result

func (c costList) Before(result int) (sum int64) {
	for _, x := range c[:result] {
		sum += x
	}
	return sum
}

// Tiles follow each other, and take no more than their share and one result.
func TestEvenTiles(t *testing.T) {
	const cost = 1 << 16
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		costs := make(costList, r.IntN(40))
		dear := int64(0)
		for i := range costs {
			costs[i] = 1 + r.Int64N(1<<r.IntN(20))
			dear = max(dear, costs[i])
		}
		next := 0
		for tile := range EvenTiles(len(costs), cost, costs) {
			from, to := EvenTile(tile, len(costs), cost, costs)
			if from != next || to < from {
				t.Fatalf("%v: tile %d is from %d to %d, after %d", costs, tile, from, to, next)
			}
			if spent := costs.Before(to) - costs.Before(from); spent > cost+dear {
				t.Errorf("%v: tile %d takes %d", costs, tile, spent)
			}
			next = to
		}
		if next != len(costs) {
			t.Errorf("%v: tiles up to %d", costs, next)
		}
	}
}

// As many things as an int can count are cut into few parts, which end where they end.
func TestPartsOfMostThings(t *testing.T) {
	for workers := range 9 {
		p := Run{Workers: workers}.Parts(math.MaxInt, 1, math.MaxInt)
		tiles, results := p.Size()
		if from, to := p.Part(tiles - 1); tiles > 8*max(1, workers)+1 || results != math.MaxInt || from < 0 || to != math.MaxInt {
			t.Errorf("%d workers: %d tiles, the last one from %d to %d", workers, tiles, from, to)
		}
	}
}
