//go:build race

package mvn

const racing = true
