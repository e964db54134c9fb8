package main

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The picture has both types' points, and the drawing the names of the measures.
func TestSave(t *testing.T) {
	name := filepath.Join(t.TempDir(), "plot")
	if err := save(file, name); err != nil {
		t.Fatal(err)
	}
	picture, err := os.Open(name + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	image, err := png.Decode(picture)
	if err != nil {
		t.Fatal(err)
	}
	var seen [2]int
	for y := range image.Bounds().Dy() {
		for x := range image.Bounds().Dx() {
			at, _, b, _ := image.At(x, y).RGBA()
			for i, c := range colors {
				if r, _, blue, _ := c.RGBA(); at == r && b == blue {
					seen[i]++
				}
			}
		}
	}
	if seen[0] < 300 || seen[1] < 300 {
		t.Errorf("%v points of the picture have the colours of the types", seen)
	}
	drawing, err := os.ReadFile(name + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, measure := range []string{"KullbackLeibler, CrossEntropy", "JensenShannon", "TotalVariation"} {
		if !strings.Contains(string(drawing), ">"+measure+"<") {
			t.Errorf("the drawing does not name %s", measure)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"", "a,b\n1,2\n", "a,b,c,d,e,f,g\n", "a,b,c,d,e,f,g\nKL,float64,avx2,1,0,1,1\n", "a,b,c,d,e,f,g\nKL,float64,avx2,1,x,1,1\n"} {
		name := filepath.Join(t.TempDir(), "points.csv")
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(name); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
