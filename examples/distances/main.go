// Command distances plots the tumours of the breast cancer data by their Mahalanobis distances from the mean and the covariance of all of them,
// and from the robust estimates that half of them cannot move far, as PNG and SVG: a distance-distance plot. Points high above the
// diagonal are far rows that hide one another.
//
//	go run . [the files' name without an ending]
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/color"
	"log"
	"math"
	"os"
	"strconv"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	file    = "../../bench/data/breast_cancer.csv"
	columns = 10 // the means; the other columns are their errors, and the worst of them
)

// read reads the rows, and which are malignant.
func read(name string) (x *mat.Dense, malignant []bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	lines := csv.NewReader(f)
	lines.FieldsPerRecord = -1
	records, err := lines.ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(records) < 2 {
		return nil, nil, errors.New(name + ": there are no rows")
	}
	records = records[1:]
	x = mat.NewDense(len(records), columns, nil)
	for i, record := range records {
		if len(record) <= columns {
			return nil, nil, fmt.Errorf("%s: row %d has %d columns", name, i, len(record))
		}
		for j := range columns {
			v, err := strconv.ParseFloat(record[j], 64)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: row %d: %w", name, i, err)
			}
			x.Set(i, j, v)
		}
		malignant = append(malignant, record[len(record)-1] == "0")
	}
	return x, malignant, nil
}

// distances are those of each row, plain and robust.
func distances(x *mat.Dense) (plain, robust []float64, err error) {
	all, err := mvn.Fit(x, nil, relent.Run{})
	if err != nil {
		return nil, nil, err
	}
	half, _, err := mvn.FitRobust(x, mvn.RobustOptions{}, relent.Run{})
	if err != nil {
		return nil, nil, err
	}
	if plain, err = all.MahalanobisRows(nil, x, relent.Run{}); err != nil {
		return nil, nil, err
	}
	robust, err = half.MahalanobisRows(nil, x, relent.Run{})
	return plain, robust, err
}

// cutoff is the distance that 0.975 of normal rows are within.
func cutoff() float64 { return math.Sqrt(distuv.ChiSquared{K: columns}.Quantile(0.975)) }

// drawn is the plot.
func drawn(plain, robust []float64, malignant []bool) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = "Tumours, by their distance from the mean"
	p.X.Label.Text = "plain"
	p.Y.Label.Text = "robust"
	for _, kind := range []struct {
		name      string
		malignant bool
		color     color.Color
	}{{"benign", false, color.RGBA{R: 40, G: 110, B: 180, A: 255}}, {"malignant", true, color.RGBA{R: 200, G: 60, B: 40, A: 255}}} {
		var points plotter.XYs
		for i, m := range malignant {
			if m == kind.malignant {
				points = append(points, plotter.XY{X: plain[i], Y: robust[i]})
			}
		}
		s, err := plotter.NewScatter(points)
		if err != nil {
			return nil, err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: kind.color, Radius: vg.Points(1.5), Shape: draw.CircleGlyph{}}
		p.Add(s)
		p.Legend.Add(kind.name, s)
	}
	p.Legend.Top, p.Legend.Left = true, true
	limit := cutoff()
	for _, line := range []plotter.XYs{
		{{X: limit, Y: 0}, {X: limit, Y: p.Y.Max}}, // far by the plain distance
		{{X: 0, Y: limit}, {X: p.X.Max, Y: limit}}, // far by the robust one
		{{X: 0, Y: 0}, {X: p.X.Max, Y: p.X.Max}},   // both are the same
	} {
		l, err := plotter.NewLine(line)
		if err != nil {
			return nil, err
		}
		l.LineStyle = draw.LineStyle{Color: color.Gray{Y: 120}, Width: vg.Points(0.5), Dashes: []vg.Length{vg.Points(3), vg.Points(3)}}
		p.Add(l)
	}
	return p, nil
}

// save draws the plot of a file into name.png and name.svg, and is a line of what it shows.
func save(from, name string) (string, error) {
	x, malignant, err := read(from)
	if err != nil {
		return "", err
	}
	plain, robust, err := distances(x)
	if err != nil {
		return "", err
	}
	p, err := drawn(plain, robust, malignant)
	if err != nil {
		return "", err
	}
	for _, ending := range []string{".png", ".svg"} {
		if err := p.Save(14*vg.Centimeter, 12*vg.Centimeter, name+ending); err != nil {
			return "", err
		}
	}
	far, hidden := 0, 0
	for i := range robust {
		if robust[i] > cutoff() {
			far++
			if plain[i] <= cutoff() {
				hidden++
			}
		}
	}
	return fmt.Sprintf("%d of %d rows are far by the robust distance, of which the plain one hides %d", far, len(robust), hidden), nil
}

func main() {
	name := "distances"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	shown, err := save(file, name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shown)
}
