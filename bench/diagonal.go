package main

import (
	"fmt"
	"math"
	"time"

	"github.com/relent-go/relent"
)

// readers are loops that read x and do next to nothing with it.
var readers = map[string]func(x []uint64) uint64{
	"whole":  sumWords,
	"halves": func(x []uint64) uint64 { return readTwoStreams(x[:len(x)/2], x[len(x)/2:]) },
}

// naiveDiagonal is the loop that one writes for the diagonal L with the given elements.
func naiveDiagonal[F relent.Float](mean, deviations []F) scorer[F] {
	return func(dst []F, x relent.Matrix[F]) {
		for i := range dst {
			var sum F
			for k, v := range x.Row(i) {
				z := (v - mean[k]) / deviations[k]
				sum += z * z
			}
			dst[i] = sum
		}
	}
}

// reportDiagonal prints the speed of distances under a diagonal covariance, for which they are bound by reading the rows.
func reportDiagonal(to page) error {
	var cells [][]string
	for _, d := range []int{2, 4, 8, 16, 64, 512} {
		progress("diagonal, d = %d", d)
		cells = append(cells, diagonalCells[float64](d, "float64"), diagonalCells[float32](d, "float32"))
	}
	to.paragraph("The same under a diagonal covariance, in GB/s of rows read, and how many times the time of %s the loop in Go takes that "+
		"one writes first. Share is that of the bandwidth of reading the same rows from main memory, by the faster of two loops in Go.",
		fastISAs()[0])
	header := append([]string{"d", "elements"}, fastISAs()...)
	to.table(2, append(header, "× loop", "memory", "memory share"), cells)
	return nil
}

func diagonalCells[F relent.Float](d int, typeName string) []string {
	m := newModel[F](d, rowsOf[F](cachedBytes, d))
	f := sqMahalanobis(m.diagonal(), 1)
	var runners []*runner
	for _, isa := range fastISAs() {
		runners = append(runners, newScoring(isa, f, m.rows))
	}
	naive := newScoring("", naiveDiagonal(m.mean, m.deviations()), m.rows)
	race(100, 100*time.Microsecond, append(runners, naive)...)

	cells := []string{fmt.Sprint(d), typeName}
	for _, r := range runners {
		cells = append(cells, cell("%.1f", cachedBytes/r.best/1e9))
	}
	memory, roof := diagonalFromMemory[F](d)
	return append(cells, digits3(naive.best/runners[0].best), cell("%.1f", memory/1e9), cell("%.0f %%", 100*memory/roof))
}

// diagonalFromMemory is how many bytes a second are read by the distances and, beside them, by the faster reader.
func diagonalFromMemory[F relent.Float](d int) (distances, roof float64) {
	m := newModel[F](d, rowsOf[F](uncachedBytes, d))
	runners := []*runner{newScoring(fastISAs()[0], sqMahalanobis(m.diagonal(), 1), m.rows)}
	for _, read := range readers {
		runners = append(runners, &runner{call: func(times int) {
			for range times {
				results.add(float64(read(words(m.rows.Data))))
			}
		}})
	}
	race(6, 0, runners...)
	bytes := float64(len(m.rows.Data) * elementBytes(m.rows.Data))
	fastest := math.Inf(1)
	for _, r := range runners[1:] {
		fastest = min(fastest, r.best)
	}
	return bytes / runners[0].best, bytes / fastest
}
