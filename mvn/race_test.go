//go:build race

package mvn

func init() { raceDetector = true }
