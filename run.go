package relent

import (
	"context"
	"sync"
	"unsafe"

	"github.com/relent-go/relent/internal/freelist"
	"github.com/relent-go/relent/internal/parallel"
)

// A Run says how the functions of many rows do their work: with how many goroutines, with cancellation and progress, and in which
// memory. The zero value is what the plain functions do: the caller's goroutine alone, to the end.
//
// Results have the same bits for any Run. When the context is done, its error is returned, unless all is computed; what is begun is
// finished first, which takes about a millisecond at most. Which elements of dst are computed then is not told.
//
// A panic of Progress, or of a goroutine that takes part, is the caller's panic, with the same value; so is runtime.Goexit. All
// goroutines have ended by then.
type Run struct {
	// Workers is how many goroutines take part, the caller's included; 1 if it is less than that. There are no more than GOMAXPROCS,
	// nor than there is work for.
	Workers int

	// Context, if not nil, cancels the work when it is done.
	Context context.Context

	// Progress, if not nil, is called with how many results of the total are computed: the first time as soon as there are some,
	// then every 10 milliseconds at most. There is one call at a time, from any of the goroutines, and done is greater every time.
	// The last call, unless the work is cancelled, is with the total.
	Progress func(done, total int)

	// Scratch, if not nil, has the memory for rows that are brought into another layout, see [Rows]. Otherwise it comes from a pool,
	// which a garbage collection empties.
	Scratch *Scratch
}

func (r Run) parallel() parallel.Run {
	return parallel.Run{Workers: r.Workers, Context: r.Context, Progress: r.Progress}
}

// Scratch keeps the memory that functions of many rows need, for the calls to come: of each goroutine that takes part two vectors as
// long as the longest row, and 32 KB. The zero value is empty. All functions may be called concurrently with the same Scratch.
type Scratch struct{ free freelist.List[*buffers] }

// buffers are what a goroutine needs, of either type of element. Between rows all are zeros.
type buffers struct {
	outer, inner []float64
	compact      [2][2 * chunk]float64
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
