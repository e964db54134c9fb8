package relent

import (
	"os"
	"runtime"
	"testing"
)

// On Linux what stands beside the arguments of TestHostileShapes cannot be accessed.
func init() {
	if os.Getenv("RELENT_EMULATED") == "1" && runtime.GOARCH == "amd64" {
		return // an emulated amd64 faults on masked-off lanes, where a real one does not
	}
	fencedMemory = func(t *testing.T) []byte { return guarded(t) }
}
