//go:build !race

package mvn

const racing = false
