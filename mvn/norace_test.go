//go:build !race

package mvn

// racing tells that the race detector is on, which has pools lose what is put into them.
const racing = false
