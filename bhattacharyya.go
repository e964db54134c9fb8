package relent

import (
	"bytes"
	"math"
	"unsafe"

	"github.com/relent-go/relent/internal/exact"
)

// bhattacharyyaDistance is the distance given the coefficient Σ √(pq).
func bhattacharyyaDistance[F Float](coefficient float64, p, q []F) float64 {
	switch {
	case len(p) == 0:
		return 0
	case nearOne(coefficient):
		if d, ok := bhattacharyyaNear(totalsOfBoth(p, q), squaredHellinger(p, q)); ok {
			return d
		}
	case math.IsInf(coefficient, 1):
		return fitting(MeasureBhattacharyya, coefficient, p, q)
	}
	return canonical(negLog(coefficient))
}

// bhattacharyyaNear is the distance by Σ √(pq) - 1 = (Σ p + Σ q)/2 - 1 - ½ Σ (√p - √q)², each part to its own relative accuracy,
// given Σ p + Σ q in parts and Σ (√p - √q)². It is good where both are small.
func bhattacharyyaNear(sums exactTotalsSums, squares float64) (distance float64, ok bool) {
	excess, gap := float64((sums[sumHigh]-2+sums[sumMiddle]+sums[sumLow])/2), float64(squares/2)
	if math.Abs(excess) <= 0.5 && gap <= 0.5 {
		return -log1p(excess - gap), true
	}
	return 0, false
}

// nearOne tells where the logarithm of the coefficient is no good.
func nearOne(coefficient float64) bool { return math.Abs(coefficient-1) < 1./64 }

// bhattacharyyaOfEqual is the distance of vectors that are the same and whose sum is near 1: the coefficient is that sum.
func bhattacharyyaOfEqual[F Float](p, q []F) (distance float64, ok bool) {
	last := len(p) - 1
	if len(q) != len(p) || last < 0 || p[0] != q[0] || p[last] != q[last] || !bytes.Equal(bytesOf(p), bytesOf(q)) {
		return 0, false
	}
	totals := totalsOfBoth(p, q)
	if !(math.Abs(totals[sumHigh]-2) < 1./64) {
		return 0, false
	}
	return bhattacharyyaNear(totals, 0)
}

// bytesOf is the memory of x.
func bytesOf[F Float](x []F) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), uintptr(len(x))*unsafe.Sizeof(F(0)))
}

// totalsOfBoth is Σ p + Σ q in parts, the first of them exact; where an element is negative, parts of 0 or NaN.
func totalsOfBoth[F Float](p, q []F) exactTotalsSums {
	var sums exactTotalsSums
	if len(p) <= chunk {
		exactTotals(&sums, p, q)
		return sums
	}
	var totals [exactTotalsSumsCount]exact.Sum
	for len(p) > 0 {
		n := min(chunk, len(p))
		exactTotals(&sums, p[:n], q[:n])
		if sums[sumHigh] == 0 && !(allZero(p[:n]) && allZero(q[:n])) { // the chunk has a negative element: so has the whole
			return exactTotalsSums{math.NaN(), math.NaN(), math.NaN()}
		}
		for i, x := range sums {
			totals[i].Add(x)
		}
		p, q = p[n:], q[n:]
	}
	for i := range totals {
		sums[i] = totals[i].Take()
	}
	return sums
}

func allZero[F Float](x []F) bool {
	for _, v := range x {
		if v != 0 {
			return false
		}
	}
	return true
}

// bhattacharyyaDistances sets dst[i] to the distance of rows i of p and q, n long, at most a chunk, and so many elements apart: the
// coefficients of neighbours together, and then the logarithms of those that need no more than that.
func bhattacharyyaDistances[F Float](dst []float64, p, q []F, n, pStride, qStride int) {
	from := 0
	for i := range dst {
		if p[i*pStride] != q[i*qStride] {
			continue
		}
		if d, ok := bhattacharyyaOfEqual(p[i*pStride:][:n], q[i*qStride:][:n]); ok {
			bhattacharyyaDistancesOfUnequal(dst[from:i], p[from*pStride:], q[from*qStride:], n, pStride, qStride)
			dst[i], from = d, i+1
		}
	}
	if from < len(dst) {
		bhattacharyyaDistancesOfUnequal(dst[from:], p[from*pStride:], q[from*qStride:], n, pStride, qStride)
	}
}

func bhattacharyyaDistancesOfUnequal[F Float](dst []float64, p, q []F, n, pStride, qStride int) {
	if len(dst) == 0 {
		return
	}
	bhattacharyyaRows(dst, p, q, n, pStride, qStride)
	ordinary := 0 // from there on
	for i, coefficient := range dst {
		if nearOne(coefficient) || math.IsInf(coefficient, 1) {
			negLogs(dst[ordinary:i])
			dst[i] = bhattacharyyaDistance(coefficient, p[i*pStride:][:n], q[i*qStride:][:n])
			ordinary = i + 1
		}
	}
	negLogs(dst[ordinary:])
}
