//go:build race

package mvn

// racing tells that the race detector is on, with which a sync.Pool forgets some of what it is given.
const racing = true
