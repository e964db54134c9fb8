package mvn

import (
	"math"
	"sync"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/special"
)

// philox is the generator Philox 4×32-10: 128 random bits of each counter, under a key.
//
// Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC11 (2011).
func philox(x0, x1, x2, x3, k0, k1 uint32) (y0, y1, y2, y3 uint32) {
	for range 10 {
		p, q := uint64(x0)*0xD2511F53, uint64(x2)*0xCD9E8D57
		x0, x1, x2, x3 = uint32(q>>32)^x1^k0, uint32(q), uint32(p>>32)^x3^k1, uint32(p)
		k0, k1 = k0+0x9E3779B9, k1+0xBB67AE85
	}
	return x0, x1, x2, x3
}

// A stream is of random numbers for samples that are counted from 0. Streams of other seeds or numbers have nothing in common.
type stream struct {
	seed   uint64
	number uint32
}

// words are 128 random bits of sample i, the j-th ones.
func (s stream) words(i uint64, j int) (a, b uint64) {
	x0, x1, x2, x3 := philox(uint32(i), uint32(i>>32), uint32(j), s.number, uint32(s.seed), uint32(s.seed>>32))
	return uint64(x0)<<32 | uint64(x1), uint64(x2)<<32 | uint64(x3)
}

// uniform is the first number of sample i, from 0 to below 1.
func (s stream) uniform(i uint64) float64 {
	a, _ := s.words(i, 0)
	return float64(float64(a>>11) * 0x1p-53)
}

// normals fills the rows with standard normal numbers, of the samples of given numbers. It uses logs, of two elements for every four of a row.
//
// A word makes two of them, √(-2 log u)·cos θ and √(-2 log u)·sin θ: u from its upper 40 bits, above 0 and below 1, and θ from the other 24.
// Box and Muller, A note on the generation of random normal deviates, Annals of Mathematical Statistics 29 (1958), 610–611.
func (s stream) normals(rows relent.Matrix[float64], samples []uint64, logs []float64) {
	directions := directions()
	blocks := (rows.Cols + 3) / 4
	logs = logs[:2*blocks*rows.Rows]
	next := logs
	for i := range rows.Rows {
		row := rows.Row(i)
		for j := range blocks {
			a, b := s.words(samples[i], j)
			next[0], next[1] = share(a), share(b)
			next = next[2:]
			sinA, cosA := directions.of(a)
			sinB, cosB := directions.of(b)
			if len(row) >= 4 {
				row[0], row[1], row[2], row[3] = cosA, sinA, cosB, sinB
				row = row[4:]
			} else {
				row = row[copy(row, []float64{cosA, sinA, cosB, sinB}):]
			}
		}
	}
	relent.Log(logs, logs)
	for i := range rows.Rows {
		row := rows.Row(i)
		for ; len(row) > 1; logs = logs[1:] {
			r := math.Sqrt(float64(-2 * logs[0]))
			row[0], row[1] = float64(r*row[0]), float64(r*row[1])
			row = row[2:]
		}
		if len(row) == 1 {
			row[0] *= math.Sqrt(float64(-2 * logs[0]))
			logs = logs[1:]
		}
		logs = logs[2*blocks-(rows.Cols+1)/2:] // of elements that there are not
	}
}

// share is the upper 40 bits as a number between 0 and 1.
func share(word uint64) float64 { return float64((float64(int64(word>>24)) + 0.5) * 0x1p-40) }

// A compass has the sines and cosines of the middles of 256 parts of a turn.
type compass [1 << 8]struct{ sin, cos float64 }

var directions = sync.OnceValue(func() *compass {
	var c compass
	for i := range c {
		c[i].sin, c[i].cos = special.Sincos(float64((float64(i) + 0.5) * (math.Pi / 128)))
	}
	return &c
})

// of is the direction of the lower 24 bits: of their part of a turn, turned by at most 1/512 further, within 2⁻⁴⁷.
func (c *compass) of(word uint64) (sin, cos float64) {
	middle := &c[uint8(word>>16)]
	r := float64((float64(int64(uint16(word))) - 0x7fff.8p0) * (math.Pi / (1 << 23)))
	s := float64(r * r)
	by := r - float64(r*float64(s*(1./6-float64(s*(1./120)))))
	less := float64(s * (0.5 - float64(s*(1./24))))
	return middle.sin - float64(middle.sin*less) + float64(middle.cos*by), middle.cos - float64(middle.cos*less) - float64(middle.sin*by)
}
