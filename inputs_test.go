package relent

import "math"

// The tests' inputs are built from integers: the standard library's random floats and its Exp and Log differ between
// architectures.

type float interface{ float32 | float64 }

// rng is splitmix64.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (r *rng) below(n int) int { return int(r.next() >> 1 % uint64(n)) }

// around is from -2**bits to below 2**bits.
func (r *rng) around(bits int) int64 { return int64(r.next()) >> (63 - bits) }

// seed makes the inputs of each test its own.
func seed(name string) *rng {
	r := rng(len(name))
	for _, c := range []byte(name) {
		r = rng(r.next()) + rng(c)
	}
	return &r
}

func mantissaBits[F float]() int {
	if isFloat64[F]() {
		return 52
	}
	return 23
}

func toBits[F float](x F) uint64 {
	if isFloat64[F]() {
		return math.Float64bits(float64(x))
	}
	return uint64(math.Float32bits(float32(x)))
}

func fromBits[F float](b uint64) F {
	if isFloat64[F]() {
		return F(math.Float64frombits(b))
	}
	return F(math.Float32frombits(uint32(b)))
}

// infinityBits is the pattern of +Inf; patterns below are the finite numbers >= 0 in order.
func infinityBits[F float]() uint64 { return toBits(F(math.Inf(1))) }

// step is the number n places above x, for finite x >= 0, kept finite and not negative.
func step[F float](x F, n int64) F {
	b := int64(toBits(x)) + n
	return fromBits[F](uint64(max(0, min(b, int64(infinityBits[F]())-1))))
}

// power is 2**e, for a normal result.
func power[F float](e int) F { return F(math.Ldexp(1, e)) }

// unit is uniform in [0, 1).
func unit[F float](r *rng) F {
	bits := mantissaBits[F]() + 1
	return F(r.next()>>(64-bits)) * power[F](-bits)
}

// wide has any significand and any exponent from low to below high.
func wide[F float](r *rng, low, high int) F {
	return (1 + unit[F](r)) * power[F](low+r.below(high-low))
}

// anyFinite is uniform in the patterns of the finite numbers >= 0.
func anyFinite[F float](r *rng) F { return fromBits[F](r.next() >> 1 % infinityBits[F]()) }

func subnormal[F float](r *rng) F { return fromBits[F](r.next() >> (64 - mantissaBits[F]())) }

// exponents are those of the smallest and the largest normal number.
func exponents[F float]() (least, most int) {
	if isFloat64[F]() {
		return -1022, 1023
	}
	return -126, 127
}

// specials are the values at which something changes: in the conventions, in the number format, in a kernel's path.
func specials[F float]() []F {
	minNormal := fromBits[F](1 << mantissaBits[F]())
	most := fromBits[F](infinityBits[F]() - 1)
	list := []F{
		0, F(math.Copysign(0, -1)), F(math.Inf(1)), F(math.Inf(-1)), F(math.NaN()), -1, -minNormal, -step[F](0, 1),
		step[F](0, 1), step(minNormal, -1), minNormal, step(minNormal, 1), most, step(most, -1),
		0.5, step[F](1, -1), 1, step[F](1, 1), 2,
	}
	edges := []int{-95, 118, 120, 127}
	if isFloat64[F]() {
		edges = append(edges, -959, -900, 1020, 1021, 1022, 1023)
	}
	for _, e := range edges {
		list = append(list, step(power[F](e), -1), power[F](e))
	}
	return list
}

// A family makes pairs of elements of one kind.
type family[F float] struct {
	name string
	pair func(r *rng) (p, q F)
}

func families[F float]() []family[F] {
	least, most := exponents[F]()
	inUnit := func(r *rng) (p, q F) { return unit[F](r), unit[F](r) }
	sprinkled := func(x F, oneIn int) func(r *rng) (p, q F) {
		return func(r *rng) (p, q F) {
			p, q = inUnit(r)
			which := r.below(3 * oneIn)
			if which == 0 || which == 1 {
				p = x
			}
			if which == 0 || which == 2 {
				q = x
			}
			return p, q
		}
	}
	special := specials[F]()
	return []family[F]{
		{"unit", inUnit},
		{"zeros", sprinkled(0, 2)},
		{"minus zeros", sprinkled(F(math.Copysign(0, -1)), 2)},
		{"ones", sprinkled(1, 2)},
		{"infinities", sprinkled(F(math.Inf(1)), 100)},
		{"NaNs", sprinkled(F(math.NaN()), 100)},
		{"negatives", sprinkled(-0.25, 100)},
		{"some subnormals", func(r *rng) (p, q F) { return sprinkled(subnormal[F](r), 8)(r) }},
		{"subnormals", func(r *rng) (p, q F) { return subnormal[F](r), subnormal[F](r) }},
		{"all exponents", func(r *rng) (p, q F) { return wide[F](r, least, most+1), wide[F](r, least, most+1) }},
		{"any finite", func(r *rng) (p, q F) { return anyFinite[F](r), anyFinite[F](r) }},
		{"huge", func(r *rng) (p, q F) { return wide[F](r, most-12, most-8), wide[F](r, most-12, most-8) }},
		{"largest", func(r *rng) (p, q F) { return wide[F](r, most-3, most+1), wide[F](r, most-3, most+1) }},
		{"tiny", func(r *rng) (p, q F) { return wide[F](r, least, least+40), wide[F](r, least, least+40) }},
		{"least exponent", func(r *rng) (p, q F) { return wide[F](r, least, least+2), wide[F](r, least, 0) }},
		{"below one", func(r *rng) (p, q F) { return wide[F](r, least, 0), wide[F](r, least, 0) }},
		{"under one", func(r *rng) (p, q F) {
			return step[F](1, -int64(r.below(1<<r.below(20)))), step[F](1, -int64(r.below(1<<r.below(20))))
		}},
		{"equal", func(r *rng) (p, q F) { p = unit[F](r); return p, p }},
		{"one ulp apart", func(r *rng) (p, q F) { p = unit[F](r); return p, step(p, 2*r.around(0)+1) }},
		{"near", func(r *rng) (p, q F) { p = unit[F](r); return p, step(p, r.around(r.below(mantissaBits[F]()))) }},
		{"within a factor of two", func(r *rng) (p, q F) { p = unit[F](r); return p, p - F(p/2*unit[F](r)) }},
		{"counts", func(r *rng) (p, q F) { return F(r.below(1000)), F(1 + r.below(1000)) }},
		{"equal and zeros", func(r *rng) (p, q F) { p = unit[F](r) * F(r.below(2)); return p, p }},
		{"zeros and few ulps apart", func(r *rng) (p, q F) {
			p = wide[F](r, least/2, 1) * F(r.below(2))
			return p, choose(p == 0 || r.below(8) > 0, p, step(p, r.around(2)))
		}},
		{"zeros of one side", func(r *rng) (p, q F) { return unit[F](r) * F(r.below(2)), unit[F](r) * F(r.below(2)) }},
		{"zeros and the least moderate", func(r *rng) (p, q F) {
			e := map[bool]int{true: -700, false: -58}[isFloat64[F]()]
			p = wide[F](r, e-1, e+1) * F(r.below(2))
			return p, choose(r.below(2) > 0, p, step(p, r.around(6)))
		}},
		{"zeros and ones", func(r *rng) (p, q F) { return F(r.below(2)), F(r.below(2)) }},
		{"special", func(r *rng) (p, q F) { return special[r.below(len(special))], special[r.below(len(special))] }},
	}
}

// pairs fills two new slices.
func pairs[F float](r *rng, n int, pair func(r *rng) (p, q F)) (p, q []F) {
	p, q = make([]F, n), make([]F, n)
	for i := range p {
		p[i], q[i] = pair(r)
	}
	return p, q
}
