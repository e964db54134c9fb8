package mvn

import "sync"

// A freeList keeps the buffers of past calls for coming ones.
type freeList[T any] struct {
	mutex sync.Mutex
	free  []T
}

// take is a buffer of a past call, if there is one.
func (l *freeList[T]) take() (buffer T, ok bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	last := len(l.free) - 1
	if last < 0 {
		return buffer, false
	}
	buffer = l.free[last]
	l.free = l.free[:last]
	return buffer, true
}

func (l *freeList[T]) put(buffer T) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.free = append(l.free, buffer)
}

// buffers are slices.
type buffers struct{ freeList[[]float64] }

// get is a buffer of n elements, which hold anything.
func (b *buffers) get(n int) []float64 {
	if buffer, ok := b.take(); ok && cap(buffer) >= n {
		return buffer[:n]
	}
	return make([]float64, n)
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

// inParts divides n rows among workers goroutines, the caller's too.
func inParts(n, workers int, do func(from, to int)) {
	workers = min(workers, n)
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			do(share(n, w, workers), share(n, w+1, workers))
		}()
	}
	do(0, share(n, 1, max(workers, 1)))
	wait.Wait()
}

// share is where part w of n rows begins.
func share(n, w, workers int) int { return int(int64(n) * int64(w) / int64(workers)) }
