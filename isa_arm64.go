//go:build !purego

package relent

// detect finds NEON always: it is part of every arm64 CPU.
func detect() []level { return []level{neon} }
