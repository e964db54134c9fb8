package main

import (
	"encoding/xml"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Both files can be read, and show what is far: the plain distance hides most of it.
func TestSave(t *testing.T) {
	name := filepath.Join(t.TempDir(), "plot")
	shown, err := save(file, name)
	if err != nil {
		t.Fatal(err)
	}
	if want := "254 of 569 rows are far by the robust distance, of which the plain one hides 204"; shown != want {
		t.Errorf("%s, want %s", shown, want)
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
	colored := 0
	for y := range image.Bounds().Dy() {
		for x := range image.Bounds().Dx() {
			if r, g, b, _ := image.At(x, y).RGBA(); r != g || g != b {
				colored++
			}
		}
	}
	if colored < 2000 {
		t.Errorf("%d points of the picture are coloured", colored)
	}
	drawing, err := os.Open(name + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	defer drawing.Close()
	paths := 0
	for d := xml.NewDecoder(drawing); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
			paths++
		}
	}
	if paths < 569 {
		t.Errorf("the drawing has %d paths, for 569 rows", paths)
	}
}

func TestReadErrors(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"none": "1,2\n", "short": "1,2\n3,4\n", "words": "1\na,b,c,d,e,f,g,h,i,j,0\n"} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := save(filepath.Join(folder, "missing"), "x"); !os.IsNotExist(err) {
		t.Error(err)
	}
}
