package relent

import (
	"math"

	"github.com/relent-go/relent/internal/exact"
	"github.com/relent-go/relent/internal/pass"
)

// Pass is for packages of this module: nobody else can name its arguments.
func Pass[F Float](k pass.Kernel, arguments pass.Arguments, out []F, x ...[]F) (sums pass.Sums) {
	if b, ok := arguments.(*pass.Block); ok {
		passSide(k, b, out, x)
		return sums
	}
	if c, ok := arguments.(*pass.Counts); ok {
		convertCounts(as[float64](out), counts{unsigned(c.Bytes, c.Fractions), c.Data, len(out)})
		return sums
	}
	m, _ := arguments.(*pass.Numbers)
	stream, _ := arguments.(*pass.Stream)
	for _, x := range x {
		reads(x)
	}
	writes(out)
	if k == pass.Cholesky {
		pivot, value := factorize(out, int(m[0][0]), int(m[1][0]))
		return pass.Sums{float64(pivot), float64(value)}
	}
	p, q := x[0], x[len(x)-1]
	switch k {
	case pass.Sum:
		s := sumOfExp(p, m[0][0])
		return pass.Sums{s.most, s.top, s.rest}
	case pass.Terms:
		s := expTerms(out, p, m[0][0])
		return pass.Sums{s.most, s.top, s.rest}
	case pass.Scaled:
		scaleTerms(out, p, m[0][0], m[1][0])
		return sums
	case pass.Eliminate:
		eliminate(out, p, int(m[0][0]), int(m[1][0]), int(m[2][0]))
		return sums
	case pass.Away:
		n := len(out) / 2
		addMoments(out[:n], out[n:], p, x[1], q, int(m[0][0]), int(m[1][0]), int(m[2][0]))
		return sums
	case pass.Spread:
		n := int(m[0][0]) * int(m[2][0]) * stripeColumns[F]()
		spread(out[:n], out[n:2*n], out[2*n:], p, x[1], q, int(m[0][0]), int(m[1][0]), int(m[2][0]))
		return sums
	case pass.SetApart:
		n := int(m[2][0]) * stripeColumns[F]()
		end := len(out) - 2*n
		setApart(out[:end], out[end:end+n], out[end+n:], p, q, int(m[0][0]), int(m[1][0]), int(m[2][0]))
		return sums
	case pass.OuterSquares:
		addOuterSquares(out, p, q, int(m[0][0]), int(m[1][0]), int(m[2][0]))
		return sums
	case pass.Products:
		var ahead []F
		if len(x) > 2 {
			ahead = x[1]
		}
		columnProducts(out, p, q, ahead, int(m[0][0]), int(m[1][0]), int(m[2][0]), int(m[3][0]), m[4][0] != 0)
		return sums
	case pass.FinishKL:
		finishKL(out, x[4], x[5], x[0], x[1], x[2], x[3])
		return sums
	case pass.FinishFewKL:
		finishFewKL(out, x[4], x[5], x[0], x[1], x[2], x[3])
		return sums
	case pass.FewKLTerms:
		rowFewKLTerms((*rowFewKLTermsSums)(sums[:]), out, x[1], p, q, (*[3][2]float64)(inType[F](m)[:]))
		return sums
	case pass.StandardNormal:
		return pass.Sums{standardNormalDivergence(p, q)}
	case pass.Reached:
		countReached(out, p, q, int(m[0][0]), int(m[1][0]), int(m[2][0]))
		return sums
	case pass.Ranks:
		ranks(out, p, q, int(m[0][0]), int(m[1][0]))
		return sums
	case pass.OrderExcess: // of a chunk at most
		var excess orderExcessSums
		orderExcess(&excess, p, x[1], q)
		return pass.Sums{canonical(excess[0])}
	case pass.TableExcess, pass.TableSquares:
		return pass.Sums{tableSum(k == pass.TableExcess, m[0][0], as[float64](p), as[float64](q))}
	case pass.TableGains:
		return pass.Sums{gainTable(out, p, x[1], q, (*[1][2]float64)(m[:]))}
	case pass.TableFractions:
		return pass.Sums{tableApart(p)}
	case pass.TableMargins:
		addTable(as[float64](out), as[float64](x[1]), as[float64](p), as[float64](q), int(m[0][0]))
		return sums
	case pass.TableOuter:
		outerTable(as[float64](out), as[float64](p), as[float64](q), int(m[0][0]))
		return sums
	case pass.Combine:
		combine(out, q, p, int(m[0][0]))
		return sums
	case pass.Normals:
		writes(q)
		philoxNormals(out, q, p, (*[len(stream)][2]float64)(stream))
		return sums
	case pass.GammaExcesses:
		gammaExcesses(out, p, x[1], q)
		return sums
	case pass.DiagonalNormal:
		return pass.Sums{diagonalNormalDivergence(p, x[1], x[2], q)}
	}
	var also []F
	if k == pass.KLOnceTerms || k == pass.KLFarTerms {
		also = x[1]
	}
	return inChunks(k, m, out, also, p, q)
}

// inChunks adds the sums of chunks exactly.
func inChunks[F Float](k pass.Kernel, m *pass.Numbers, out, also, p, q []F) (sums pass.Sums) {
	if len(p) <= chunk {
		passChunk(k, m, &sums, out, also, p, q)
		for i, s := range sums {
			sums[i] = canonical(s)
		}
		return sums
	}
	var totals [len(sums)]exact.Sum
	largest := pass.Sums{math.Inf(-1), math.Inf(-1)}
	for from := 0; from < len(p); from += chunk {
		to := min(from+chunk, len(p))
		passChunk(k, m, &sums, elementsOf(out, from, to), elementsOf(also, from, to), p[from:to], q[from:to])
		for i, s := range sums {
			totals[i].Add(s)
			largest[i] = max(largest[i], s)
		}
	}
	if k == pass.Largest || k == pass.Nearest || k == pass.OrderMost {
		return largest
	}
	for i := range totals {
		sums[i] = totals[i].Take()
	}
	return sums
}

// elementsOf is elements of x, if there are any.
func elementsOf[F Float](x []F, from, to int) []F {
	if x == nil {
		return nil
	}
	return x[from:to]
}

func passChunk[F Float](k pass.Kernel, m *pass.Numbers, sums *pass.Sums, out, also, p, q []F) {
	switch k {
	case pass.KLOnce, pass.KLOnceTerms, pass.KLFar, pass.KLFarTerms, pass.KLOnceSlopes, pass.FewKL, pass.BinaryOnce, pass.BinaryOnceSlopes:
		m = inType[F](m)
	}
	if k >= pass.OrderTerms {
		passOrder(k, m, sums, out, p, q)
		return
	}
	pair := (*[11][2]float64)(m)
	two, three, four, six := (*[2][2]float64)(m[:]), (*[3][2]float64)(m[:]), (*[4][2]float64)(m[:]), (*[6][2]float64)(m[:])
	one, both, quadruple := (*[1]float64)(sums[:]), (*[2]float64)(sums[:]), (*[4]float64)(sums[:])
	switch k {
	case pass.Largest:
		rowsLargest((*rowsLargestSums)(both), p, q)
	case pass.KLOnce:
		rowKLOnce((*rowKLOnceSums)(quadruple), p, q, pair)
	case pass.KLOnceTerms:
		rowKLOnceTerms((*rowKLOnceTermsSums)(quadruple), out, also, p, q, pair)
	case pass.KLFar:
		rowKLFar((*rowKLFarSums)(quadruple), p, q, three)
	case pass.KLFarTerms:
		rowKLFarTerms((*rowKLFarTermsSums)(sums), out, also, p, q, pair)
	case pass.KLOnceSlopes:
		rowKLOnceSlopes(out, p, q, three)
	case pass.FewKL:
		rowFewKL((*rowFewKLSums)(quadruple), p, q, three)
	case pass.Pair:
		rowPair((*rowPairSums)(sums[:]), p, q, pair)
	case pass.KL:
		rowKL((*rowKLSums)(one), p, q, pair)
	case pass.KLSlopes:
		rowKLSlopes((*rowKLSlopesSums)(one), out, p, q, pair)
	case pass.Apart:
		rowApart((*rowApartSums)(both), p, q, pair)
	case pass.ApartSlopes:
		rowApartSlopes(out, p, q, pair)
	case pass.JS:
		rowJS((*rowJSSums)(one), p, q, pair)
	case pass.Tilt:
		rowTilt((*rowTiltSums)(both), p, q, pair)
	case pass.TiltSlopes:
		rowTiltSlopes(out, p, q, pair)
	case pass.SoftTargets:
		rowSoftTargets((*rowSoftTargetsSums)(both), p, q, six)
	case pass.SoftSlopes:
		rowSoftSlopes(out, p, q, six)
	case pass.Gaps:
		rowGaps((*rowGapsSums)(one), p, two)
	case pass.Binary:
		rowBinary((*rowBinarySums)(one), p, q, two)
	case pass.BinarySlopes:
		rowBinarySlopes((*rowBinarySlopesSums)(one), out, p, q, two)
	case pass.Nearest:
		rowNearest((*rowNearestSums)(one), p)
	case pass.BinaryOnce:
		rowBinaryOnce((*rowBinaryOnceSums)(one), p, q, two)
	case pass.BinaryOnceSlopes:
		rowBinaryOnceSlopes((*rowBinaryOnceSlopesSums)(one), out, p, q, two)
	case pass.Focal:
		rowFocal((*rowFocalSums)(one), p, q, four)
	case pass.FocalSlopes:
		rowFocalSlopes((*rowFocalSlopesSums)(one), out, p, q, four)
	default:
		panic("relent: there is no such pass")
	}
}

// What orderTerms takes to be larger than it is does not count beside a first sum from orderFloor on, nor beside a second one that is
// orderShare times that.
const orderFloor, orderShare = 0x1p-800, 0x1p-780

// passOrder is passChunk for packages order and table, and of mixtures.
func passOrder[F Float](k pass.Kernel, m *pass.Numbers, sums *pass.Sums, out, p, q []F) {
	both, three, four := (*[2]float64)(sums[:]), (*[3]float64)(sums[:]), (*[4]float64)(sums[:])
	switch k {
	case pass.OrderTerms:
		both[0] = math.NaN()
		orderTerms((*orderTermsSums)(both), p, q, (*[4][2]float64)(m[:]))
		if finite(both[0]) && both[0] >= orderFloor && finite(both[1]) && both[1] >= float64(orderShare*both[0]) {
			return
		}
		fallthrough // a guard fails, or that counts
	case pass.OrderTermsAnywhere:
		orderTermsAnywhere((*orderTermsAnywhereSums)(both), p, q, (*[9][2]float64)(m[:]))
	case pass.OrderTermsOfShares:
		orderTermsOfShares((*orderTermsOfSharesSums)(both), p, q, (*[11][2]float64)(m[:]))
	case pass.OrderTotals:
		orderTotals((*orderTotalsSums)(four), p, q)
	case pass.OrderSupport:
		orderSupport((*orderSupportSums)(three), p, q)
	case pass.OrderMost:
		orderMost((*orderMostSums)(both), p, q, (*[3][2]float64)(m[:]))
	case pass.OrderPowers:
		orderPowers((*orderPowersSums)(both), p, (*[4][2]float64)(m[:]))
	case pass.OrderMixture:
		orderMixture((*orderMixtureSums)(both), p, q, (*[4][2]float64)(m[:]))
	case pass.OrderTriangular:
		orderTriangular((*orderTriangularSums)(sums[:1]), p, q, (*[2][2]float64)(m[:]))
	case pass.MixtureShares:
		mixtureShares((*mixtureSharesSums)(both), out, p, q)
	default:
		panic("relent: there is no such pass")
	}
}

// inType are numbers for a kernel that computes in the type of elements.
func inType[F Float](m *pass.Numbers) *pass.Numbers {
	var filled pass.Numbers
	for i := range filled {
		filled[i] = filledWith[F](m[i][0])
	}
	return &filled
}

// combine adds rows of x times factors to y, four rows at a time.
func combine[F Float](y, factors, x []F, stride int) {
	row := func(k int) []F { return x[k*stride:][:len(y)] }
	for first := 0; first < len(factors); first += 4 {
		var m [4][2]float64
		last := min(first+4, len(factors)) - 1
		for k := first; k <= last; k++ {
			m[k-first] = twice(float64(factors[k]))
		}
		combineFour(y, y, row(first), row(min(first+1, last)), row(min(first+2, last)), row(last), &m)
	}
}

// eliminate subtracts from y elements of n rows of x from the one at first on, times the row's element 0: four rows at a time, so that y is
// loaded less often.
func eliminate[F Float](y, x []F, stride, n, first int) {
	var m [4][2]float64
	row := func(k int) []F {
		m[k&3] = twice(float64(x[k*stride]))
		return x[k*stride+first:][:len(y)]
	}
	k := 0
	for ; k+4 <= n; k += 4 {
		eliminateFour(y, y, row(k), row(k+1), row(k+2), row(k+3), &m)
	}
	for ; k < n; k++ {
		a := row(k)
		m[0] = m[k&3]
		eliminateOne(y, y, a, (*[1][2]float64)(m[:]))
	}
}
