package freelist

import (
	"sync"
	"testing"
)

func TestList(t *testing.T) {
	var l List[*int]
	if x, ok := l.Take(); ok || x != nil {
		t.Errorf("an empty list has %v", x)
	}
	a, b := new(int), new(int)
	l.Put(a)
	l.Put(b)
	for _, want := range []*int{b, a, nil} {
		if x, ok := l.Take(); x != want || ok != (want != nil) {
			t.Errorf("got %p, %v, want %p", x, ok, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { l.Put(a); l.Take() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Nobody has what another has.
func TestListIsSafeForConcurrentUse(t *testing.T) {
	var l List[*int]
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 1000 {
				x, ok := l.Take()
				if !ok {
					x = new(int)
				}
				if *x++; *x != 1 {
					t.Errorf("%d have it", *x)
				}
				*x--
				l.Put(x)
			}
		}()
	}
	all.Wait()
	if len(l.free) > 8 {
		t.Errorf("%d were made for 8 at a time", len(l.free))
	}
}
