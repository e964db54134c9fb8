package mvn

import (
	"sync"

	"github.com/relent-go/relent/internal/freelist"
)

// buffers are those of past calls, for coming ones.
type buffers struct{ free freelist.List[[]float64] }

// get is a buffer of n elements, which hold anything.
func (b *buffers) get(n int) []float64 {
	if buffer, ok := b.free.Take(); ok && cap(buffer) >= n {
		return buffer[:n]
	}
	return make([]float64, n)
}

func (b *buffers) put(buffer []float64) { b.free.Put(buffer) }

// A late value is made by the first call that needs it, and says how.
type late[T any] struct {
	once  sync.Once
	value T
}

func (l *late[T]) get(make func() T) T {
	l.once.Do(func() { l.value = make() })
	return l.value
}

// A lazy value is made by the first call that needs it.
type lazy[T any] struct {
	once  sync.Once
	make  func() T
	value T
}

func newLazy[T any](make func() T) *lazy[T] { return &lazy[T]{make: make} }

func (l *lazy[T]) get() T {
	l.once.Do(func() { l.value = l.make() })
	return l.value
}
