package main

import (
	"math"

	"github.com/relent-go/relent"
)

// The naive functions are the loops that one writes first, each straight from its formula. Sums are float64.

func naiveKullbackLeibler[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		if p := float64(p[i]); p > 0 {
			sum += p * math.Log(p/float64(q[i]))
		}
	}
	return sum
}

func naiveGeneralizedKullbackLeibler[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		p, q := float64(p[i]), float64(q[i])
		if p > 0 {
			sum += p * math.Log(p/q)
		}
		sum += q - p
	}
	return sum
}

func naiveEntropy[F relent.Float](p, _ []F) float64 {
	sum := 0.0
	for i := range p {
		if p := float64(p[i]); p > 0 {
			sum -= p * math.Log(p)
		}
	}
	return sum
}

func naiveCrossEntropy[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		if p := float64(p[i]); p > 0 {
			sum -= p * math.Log(float64(q[i]))
		}
	}
	return sum
}

func naiveJensenShannon[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		p, q := float64(p[i]), float64(q[i])
		m := (p + q) / 2
		if p > 0 {
			sum += p * math.Log(p/m)
		}
		if q > 0 {
			sum += q * math.Log(q/m)
		}
	}
	return sum / 2
}

func naiveJensenShannonDistance[F relent.Float](p, q []F) float64 {
	return math.Sqrt(naiveJensenShannon(p, q))
}

func naiveJeffreys[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		if p, q := float64(p[i]), float64(q[i]); p != q {
			sum += (p - q) * math.Log(p/q)
		}
	}
	return sum
}

func naiveHellinger[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		d := math.Sqrt(float64(p[i])) - math.Sqrt(float64(q[i]))
		sum += d * d
	}
	return math.Sqrt(sum / 2)
}

func naiveBhattacharyya[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		sum += math.Sqrt(float64(p[i]) * float64(q[i]))
	}
	return -math.Log(sum)
}

func naiveTotalVariation[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		sum += math.Abs(float64(p[i]) - float64(q[i]))
	}
	return sum / 2
}

func naiveChiSquare[F relent.Float](obs, exp []F) float64 {
	sum := 0.0
	for i := range obs {
		if o, e := float64(obs[i]), float64(exp[i]); o != e {
			sum += (o - e) * (o - e) / e
		}
	}
	return sum
}

func naiveBinaryEntropy[F relent.Float](p, _ []F) float64 {
	sum := 0.0
	for i := range p {
		p := float64(p[i])
		if p > 0 {
			sum -= p * math.Log(p)
		}
		if p < 1 {
			sum -= (1 - p) * math.Log(1-p)
		}
	}
	return sum
}

func naiveBinaryCrossEntropy[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		p, q := float64(p[i]), float64(q[i])
		if p > 0 {
			sum -= p * math.Log(q)
		}
		if p < 1 {
			sum -= (1 - p) * math.Log(1-q)
		}
	}
	return sum
}

func naiveBinaryKullbackLeibler[F relent.Float](p, q []F) float64 {
	sum := 0.0
	for i := range p {
		p, q := float64(p[i]), float64(q[i])
		if p > 0 {
			sum += p * math.Log(p/q)
		}
		if p < 1 {
			sum += (1 - p) * math.Log((1-p)/(1-q))
		}
	}
	return sum
}

func naiveEntropyTerms[F relent.Float](dst, p, _ []F) []F {
	for i := range p {
		dst[i] = 0
		if p := float64(p[i]); p > 0 {
			dst[i] = F(-p * math.Log(p))
		}
	}
	return dst
}

func naiveKullbackLeiblerTerms[F relent.Float](dst, p, q []F) []F {
	for i := range p {
		dst[i] = 0
		if p := float64(p[i]); p > 0 {
			dst[i] = F(p * math.Log(p/float64(q[i])))
		}
	}
	return dst
}

func naiveGeneralizedKullbackLeiblerTerms[F relent.Float](dst, p, q []F) []F {
	for i := range p {
		p, q := float64(p[i]), float64(q[i])
		dst[i] = F(q)
		if p > 0 {
			dst[i] = F(p*math.Log(p/q) - p + q)
		}
	}
	return dst
}
