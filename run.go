package relent

import (
	"context"
	"sync"
	"unsafe"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
)

// The zero Run is the caller's goroutine alone. Results have the same bits for any.
// The context's error is returned within about 1 ms, unless all are done; which is not said. A
// panic or Goexit in Progress or a worker reaches the caller.
type Run struct {
	Workers  int                   // goroutines, the caller's included: at least 1, at most GOMAXPROCS
	Context  context.Context       // cancels the work when it is done, unless nil
	Progress func(done, total int) // called at most every 10 ms, and once at the end; never concurrently
	Scratch  *Scratch              // memory for rows that change their layout, see [Rows]; nil takes it from a pool
}

// plain tells whether the caller's goroutine does the work alone, to its end, and tells nobody.
func (r Run) plain() bool { return r.Workers <= 1 && r.Context == nil && r.Progress == nil }

func (r Run) parallel() parallel.Run {
	return parallel.Run{Workers: r.Workers, Context: r.Context, Progress: r.Progress}
}

// Scratch keeps memory for later calls: for each goroutine two vectors as long as the longest row, and 32 KB. It may be used concurrently.
type Scratch struct{ free freelist.List[*buffers] }

// buffers are what a goroutine needs, of either type of element. Between rows all are zeros.
type buffers struct {
	outer, inner []float64
	compact      [2][2 * chunk]float64
	by           *parallel.Worker // who stops what is done with them
}

// pool has buffers for calls that bring no Scratch.
var pool = sync.Pool{New: func() any { return new(buffers) }}

// take has room for a row of so many elements on either side. What is taken is not put back where a panic leaves it in disorder.
func (s *Scratch) take(outer, inner int) *buffers {
	var b *buffers
	if s == nil {
		b = pool.Get().(*buffers)
	} else if kept, ok := s.free.Take(); ok {
		b = kept
	} else {
		b = new(buffers)
	}
	if len(b.outer) < outer {
		b.outer = make([]float64, outer)
	}
	if len(b.inner) < inner {
		b.inner = make([]float64, inner)
	}
	return b
}

// requireRoom panics, as for any other wrong size, where no memory can hold a row that has to be expanded.
func (s *Scratch) requireRoom(function string, elements int) {
	const few = 1 << 24 // there is room for them
	if elements > few {
		here.Allocate(function, 1, elements, func(n int) { s.put(s.take(n, 0)) })
	}
}

func (s *Scratch) put(b *buffers) {
	if s == nil {
		pool.Put(b)
		return
	}
	s.free.Put(b)
}

// elements is the memory of a buffer as so many elements.
func elements[F Number](buffer []float64, n int) []F {
	return unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(buffer))), n)
}
