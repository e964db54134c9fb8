package dist

import (
	_ "embed"
	"math"
	"testing"
)

//go:embed testdata/dirichlet.jsonl
var dirichletPairs []byte

// The documented error, on either side of where digits are lost by the sums of what log Γ exceeds its tangents by.
func TestDirichletBothWays(t *testing.T) {
	notEmulated(t)
	worst, ways := map[bool]float64{}, map[bool]int{}
	for _, pair := range goldenPairs(t, dirichletPairs) {
		p, q, want := Dirichlet(parseAll(t, pair.P)), Dirichlet(parseAll(t, pair.Q)), parse(t, pair.Want["kullbackLeibler"])
		if p.compare(q) == 0 {
			continue
		}
		got := KullbackLeibler(p, q)
		_, direct := p.excess(q, p.sum(), q.sum())
		ways[direct]++
		e := math.Abs(got-want) / want
		worst[direct] = max(worst[direct], e)
		if !(e <= 1e-12) {
			t.Errorf("%v and %v: %v, want %v, error %.3g (direct: %t)", p, q, got, want, e, direct)
		}
	}
	t.Log(worst, ways)
	if ways[true] < 50 || ways[false] < 10 {
		t.Errorf("pairs: %v", ways)
	}
}

// Many components are computed block by block, their sums with the last one.
func TestDirichletOfManyComponents(t *testing.T) {
	for _, n := range []int{2, 127, 128, 129, 255, 256, 257, 300} {
		p, q := make(Dirichlet, n), make(Dirichlet, n)
		for i := range n {
			p[i], q[i] = float64(1+i%7)/2, float64(2+i%5)/2
		}
		got, ok := p.excess(q, p.sum(), q.sum())
		want := p.divergenceOfGammas(q, p.sum(), q.sum())
		if e := math.Abs(got - want); !ok || !(e <= 1e-12*want) {
			t.Errorf("%d components: %v, want %v, %t", n, got, want, ok)
		}
	}
}

// Parameters beyond the kernel's range are for the other way, and no call allocates.
func TestDirichletOutOfRange(t *testing.T) {
	for _, x := range []float64{0x1p-101, 0x1p100, 0x1p300, 0x1p-300} {
		p, q := Dirichlet{1, x, 2}, Dirichlet{2, 1, 3}
		for _, pair := range [][2]Dirichlet{{p, q}, {q, p}} {
			if got, ok := pair[0].excess(pair[1], pair[0].sum(), pair[1].sum()); ok {
				t.Errorf("%v: %v", pair, got)
			}
			if got := KullbackLeibler(pair[0], pair[1]); !(got > 0) {
				t.Errorf("%v: %v", pair, got)
			}
		}
	}
	p, q := Dirichlet{1, 2, 3}, Dirichlet{3, 1, 2}
	if n := testing.AllocsPerRun(100, func() { KullbackLeibler(p, q) }); n >= 1 {
		t.Errorf("%v allocations", n)
	}
}
