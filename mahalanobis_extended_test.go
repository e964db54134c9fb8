package relent

import (
	"math/big"
)

// doubled rounds to 53 bits, as float64 does, but for its exponents.
func doubled(x *big.Float) *big.Float { return new(big.Float).SetPrec(53).Set(x) }

// extendedZ is L⁻¹(x-mean) with the roundings of the definition, of which the exponents have no bounds.
func (m *distribution[F]) extendedZ(x, mean []F) []*big.Float {
	number := func(x F) *big.Float { return big.NewFloat(float64(x)) }
	times := func(a F, b *big.Float) *big.Float { return new(big.Float).SetPrec(53).Mul(number(a), b) }
	y, z := make([]*big.Float, len(x)), make([]*big.Float, len(x))
	for i := range y {
		y[i] = new(big.Float).SetPrec(53).Sub(number(x[i]), number(mean[i]))
	}
	for i := range z {
		l := m.lower.Row(i)
		switch z[i] = doubled(y[i]); m.constructor {
		case "NewFactor":
			for k := range i {
				z[i].Sub(z[i], times(l[k], z[k]))
			}
			z[i] = times(1/l[i], z[i])
		case "NewPrecisionFactor":
			z[i].SetInt64(0)
			for k := range i + 1 {
				z[i].Add(z[i], times(l[k], y[k]))
			}
		case "NewDiagonalFactor":
			z[i] = times(1/l[i], z[i])
		}
	}
	return z
}

func (m *distribution[F]) extendedDistance(x, mean []F) *big.Float {
	sum := new(big.Float).SetPrec(300)
	for _, z := range m.extendedZ(x, mean) {
		z.SetPrec(300)
		sum.Add(sum, new(big.Float).Mul(z, z))
	}
	return sum
}

func roundedTo[F float](x *big.Float) F {
	v, _ := x.Float64()
	return F(v)
}
