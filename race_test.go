//go:build race

package relent

func init() { raceDetector = true }
