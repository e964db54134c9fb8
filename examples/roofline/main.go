// Command roofline plots how many operations a cycle the measures do, over how many they do for a byte that they load, below what the
// ports of the CPU allow for their operations (a line up from each point) and what its loads do (the slope). The points are what
// go run ./bench -md bounds has measured last.
//
//	go run . [the files' name without an ending]
package main

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const file = "../../bench/data/roofline.csv"

// A point is a measure of a type of elements with an instruction set: operations, and the most that ports and loads allow, a cycle.
type point struct {
	measure, kind       string
	perByte             float64
	done, ports, loaded float64
}

// read reads the points of all kinds, each a type and a set, in the order of the file.
func read(name string) (points []point, kinds []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(records) < 2 || len(records[0]) != 7 {
		return nil, nil, fmt.Errorf("%s: there are no points of 7 columns", name)
	}
	seen := map[string]bool{}
	for i, record := range records[1:] {
		p := point{measure: record[0], kind: record[1] + " " + record[2]}
		for j, number := range []*float64{&p.perByte, &p.done, &p.ports, &p.loaded} {
			if *number, err = strconv.ParseFloat(record[3+j], 64); err != nil || !(*number > 0) {
				return nil, nil, fmt.Errorf("%s: line %d: %q is no positive number", name, i+2, record[3+j])
			}
		}
		if !seen[p.kind] {
			seen[p.kind] = true
			kinds = append(kinds, p.kind)
		}
		points = append(points, p)
	}
	return points, kinds, nil
}

var colors = []color.Color{
	color.RGBA{R: 40, G: 110, B: 180, A: 255}, color.RGBA{R: 200, G: 60, B: 40, A: 255},
}

// drawn is the plot.
func drawn(points []point, kinds []string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = "Measures below their roofs, in the first-level cache"
	p.X.Label.Text = "operations a byte"
	p.Y.Label.Text = "operations a cycle"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = powers(-2, 4), powers(2, 6)
	p.Add(plotter.NewGrid())
	for i, kind := range kinds {
		shade := colors[i%len(colors)]
		var done, roofs plotter.XYs
		var names []string
		for _, x := range points {
			if x.kind != kind {
				continue
			}
			at, roof := plotter.XY{X: x.perByte, Y: x.done}, plotter.XY{X: x.perByte, Y: min(x.ports, x.loaded)}
			if i := slices.Index(roofs, roof); i >= 0 {
				names[i] += ", " + x.measure
			} else {
				roofs, names = append(roofs, roof), append(names, x.measure)
			}
			done = append(done, at)
			if err := line(p, shade, at, roof); err != nil {
				return nil, err
			}
		}
		s, err := plotter.NewScatter(done)
		if err != nil {
			return nil, err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: shade, Radius: vg.Points(2.5), Shape: draw.CircleGlyph{}}
		p.Add(s)
		p.Legend.Add(kind, s)
		if i == 0 {
			labels, err := plotter.NewLabels(plotter.XYLabels{XYs: roofs, Labels: names})
			if err != nil {
				return nil, err
			}
			for j := range labels.TextStyle {
				labels.TextStyle[j].Font.Size = vg.Points(7)
				labels.TextStyle[j].Rotation = math.Pi / 4
			}
			labels.Offset = vg.Point{Y: vg.Points(2)}
			p.Add(labels)
		}
	}
	p.Legend.Left = true
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0.25, 16, 4, 80
	return p, loads(p, points, kinds)
}

// powers are ticks at the powers of two, from one to another.
func powers(from, to int) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for e := from; e <= to; e++ {
		x := math.Ldexp(1, e)
		ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', -1, 64)})
	}
	return ticks
}

// loads draws the slope of each set of kinds that loads as much as no kind before it.
func loads(p *plot.Plot, points []point, kinds []string) error {
	seen := map[float64]bool{}
	for i, kind := range kinds {
		for _, x := range points {
			bytes := x.loaded / x.perByte // a cycle
			if x.kind != kind || seen[bytes] {
				continue
			}
			seen[bytes] = true
			if err := line(p, colors[i%len(colors)], plotter.XY{X: p.X.Min, Y: p.X.Min * bytes}, plotter.XY{X: p.Y.Max / bytes, Y: p.Y.Max}); err != nil {
				return err
			}
		}
	}
	return nil
}

func line(p *plot.Plot, shade color.Color, from, to plotter.XY) error {
	l, err := plotter.NewLine(plotter.XYs{from, to})
	if err != nil {
		return err
	}
	l.LineStyle = draw.LineStyle{Color: shade, Width: vg.Points(0.7)}
	p.Add(l)
	return nil
}

// save draws the plot of the best instruction set in a file into name.png and name.svg.
func save(from, name string) error {
	points, kinds, err := read(from)
	if err != nil {
		return err
	}
	_, set, _ := strings.Cut(kinds[0], " ") // the best one
	kinds = slices.DeleteFunc(kinds, func(kind string) bool { return !strings.HasSuffix(kind, " "+set) })
	p, err := drawn(points, kinds)
	if err != nil {
		return err
	}
	for _, ending := range []string{".png", ".svg"} {
		if err := p.Save(18*vg.Centimeter, 13*vg.Centimeter, name+ending); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	name := "../../bench/roofline"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	if err := save(file, name); err != nil {
		log.Fatal(err)
	}
}
