// Package freelist keeps what past calls have made for coming ones, such as buffers.
package freelist

import "sync"

// A List holds values that no call uses at the moment: at most as many as there have been calls at a time. The zero value is
// empty. All methods may be called concurrently.
type List[T any] struct {
	mutex sync.Mutex
	free  []T
}

// Take is the value that was last put back, if there is one.
func (l *List[T]) Take() (x T, ok bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	last := len(l.free) - 1
	if last < 0 {
		return x, false
	}
	x, l.free[last] = l.free[last], x
	l.free = l.free[:last]
	return x, true
}

// Put gives a value back. One that a panic has left in an unknown state is not given back.
func (l *List[T]) Put(x T) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.free = append(l.free, x)
}
