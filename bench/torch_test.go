package main

import (
	"regexp"
	"testing"
)

// Every loss that PyTorch is asked to time is one of ours by that name: others would be left out in silence.
func TestTorchLossesAreOurs(t *testing.T) {
	ours := map[string]bool{}
	for _, c := range newLogits[float32](2, 2).calls() {
		ours[c.name] = true
	}
	theirs := regexp.MustCompile(`"([A-Z]\w+)": (?:value|gradient)\(`).FindAllStringSubmatch(torchScript, -1)
	if len(theirs) < 8 {
		t.Fatalf("the script has %d losses", len(theirs))
	}
	for _, name := range theirs {
		if !ours[name[1]] {
			t.Errorf("%s is none of ours", name[1])
		}
	}
}
