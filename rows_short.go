package relent

import "unsafe"

// mostShort is how many elements the rows have at most that kernels of short rows compute several at a time of: fewer than reductions
// have lanes, which rows of as many fill.
const mostShort = 15

// leastNear is how many they have at least where near elements have a path of their own: of fewer, too few groups of rows are all near, or
// all not.
const leastNear = 9

// areShort tells whether there are such kernels for rows of n elements, 16 bytes or more, and rows enough.
func areShort[F Float](rows, n int) bool {
	size := int(unsafe.Sizeof(F(0)))
	return n <= mostShort && n*size >= 16 && rows*size >= 64 && isa != generic
}

// shortRows goes along rows: those from from on are tried next.
type shortRows struct {
	rows, from int
	alone      int // how many rows were computed one at a time after the last failure
}

const (
	leastAlone = 8
	mostAlone  = 256
)

// after tells which rows are to be computed one at a time when the kernel has done some. It ends where rows have to be looked at more
// closely, or where there are too few. The more often that happens, the more rows it is not tried on.
func (s *shortRows) after(done int) (from, to int) {
	if done > 0 {
		s.alone = 0
	}
	s.alone = min(max(2*s.alone, leastAlone), mostAlone)
	from = s.from + done
	s.from = min(s.rows, from+s.alone)
	return from, s.from
}
