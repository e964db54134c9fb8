package relent

import "testing"

// No measure allocates, and none lets the caller's arrays escape to the heap: here they are local.
func TestNoAllocation(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", noAllocation[float64])
		t.Run("f32", noAllocation[float32])
	})
}

var result float64

// local arrays are longer than a chunk, for the most of the paths.
func noAllocation[F float](t *testing.T) {
	every, two := everyMeasure(), measuresOfTwo()
	calls := map[string]func(p, q [chunk + 5]F){
		"BernoulliEntropy":         func(p, _ [chunk + 5]F) { result += BernoulliEntropy(float64(p[0])) },
		"BernoulliCrossEntropy":    func(p, q [chunk + 5]F) { result += BernoulliCrossEntropy(float64(p[0]), float64(q[0])) },
		"BernoulliKullbackLeibler": func(p, q [chunk + 5]F) { result += BernoulliKullbackLeibler(float64(p[0]), float64(q[0])) },
		"EntropyTerms":             func(p, q [chunk + 5]F) { EntropyTerms(p[:], q[:]) },
		"KullbackLeiblerTerms":     func(p, q [chunk + 5]F) { KullbackLeiblerTerms(p[:], p[:], q[:]) },
		"GeneralizedKullbackLeiblerTerms": func(p, q [chunk + 5]F) {
			GeneralizedKullbackLeiblerTerms(p[:], p[:], q[:])
		},
		"Measures": func(p, q [chunk + 5]F) {
			var dst [2]float64
			Measures(dst[:], []Measure{MeasureKullbackLeibler, MeasureJensenShannon}, p[:], q[:])
			var all [40]float64
			Measures(all[:len(every)], every, p[:], q[:])
		},
		"Gradient": func(p, q [chunk + 5]F) {
			var dp, dq [chunk + 5]F
			for _, m := range two {
				result += Gradient(dp[:], dq[:], m, p[:], q[:]) + Gradient(nil, dq[:], m.Reversed(), p[:], q[:])
			}
			result += Gradient(dp[:], nil, MeasureEntropy, p[:], nil)
		},
		"StandardNormalKullbackLeibler": func(p, q [chunk + 5]F) { result += standardNormalDivergence(p[:], q[:]) },
		"DiagonalNormalKullbackLeibler": func(p, q [chunk + 5]F) { result += diagonalNormalDivergence(p[:], q[:], q[:], p[:]) },
		"Validate":                      func(p, _ [chunk + 5]F) { _ = Validate(p[:]) },
	}
	for _, m := range allMeasures() {
		calls[m.String()] = func(p, q [chunk + 5]F) { result += measureOf(m, p[:], q[:]) }
	}
	for _, m := range measuresOfTwo() {
		calls["Between of "+m.String()] = func(p, q [chunk + 5]F) { result += Between(m, p[:], q[:]) }
	}
	for name, f := range calls {
		var p, q [chunk + 5]F
		for _, x := range []F{0.5, fromBits[F](1), F(nan)} { // each path of a kernel
			p[3], q[3] = x, 1-x
			if name == "Validate" && x != x {
				continue // the error is allocated
			}
			if n := testing.AllocsPerRun(10, func() { f(p, q) }); n != 0 && !(racing && name == "Gradient") {
				t.Errorf("%s with %v: %v allocations", name, x, n)
			}
		}
	}
}

// No method of a Factor or of Centers allocates for one worker once its buffers exist.
func TestNoAllocationOfRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		t.Run("f64", noAllocationOfRows[float64])
		t.Run("f32", noAllocationOfRows[float32])
	})
}

func noAllocationOfRows[F float](t *testing.T) {
	r := seed(t.Name())
	for _, constructor := range constructors {
		for _, d := range []int{1, 3, 8, 13, 16, 29, 70} {
			m := ordinary[F](t, r, constructor, d)
			f, c, both := m.factor, m.packed, Together(m.factor, m.factor)
			dst, norms := make([]F, 101), logNorms[F](c.Len())
			z, distances, pair := NewMatrix[F](101, d), NewMatrix[F](c.Len(), 101), NewMatrix[F](2, 101)
			ofTwo := logNorms[F](2)
			column, pairOfOne := NewMatrix[F](c.Len(), 1), NewMatrix[F](2, 1)
			for _, odd := range []F{0.5, F(nan), F(inf), fromBits[F](infinityBits[F]() - 1)} { // the paths of mending
				x := filled(r, 101, d, balanced[F])
				x.Row(7)[0], x.Row(100)[d-1] = odd, odd
				for name, call := range map[string]func(){
					"SqMahalanobis":         func() { f.SqMahalanobis(dst, x, Run{}) },
					"Mahalanobis":           func() { f.Mahalanobis(dst, x, Run{}) },
					"LogDensity":            func() { f.LogDensity(dst, x, 1, Run{}) },
					"Whiten":                func() { f.Whiten(z, x, Run{}) },
					"Solve":                 func() { f.Solve(z, x, Run{}) },
					"Centers.SqMahalanobis": func() { c.SqMahalanobis(distances, x, Run{}) },
					"Centers.LogDensity":    func() { c.LogDensity(distances, x, norms, Run{}) },
					"Together":              func() { both.LogDensity(pair, x, ofTwo, Run{}) },
					"SqMahalanobisOne":      func() { f.SqMahalanobisOne(x.Row(7)) },
					"Centers of one row":    func() { c.LogDensity(column, x.Slice(8, 9), norms, Run{}) },
					"Together of one row":   func() { both.LogDensity(pairOfOne, x.Slice(7, 8), ofTwo, Run{}) },
				} {
					call()
					if n := testing.AllocsPerRun(5, call); n != 0 {
						t.Errorf("%s of %s, d = %d, with %v: %v allocations", name, constructor, d, odd, n)
					}
				}
			}
		}
	}
}
