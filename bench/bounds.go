package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/bounds"
	"github.com/relent-go/relent/kernels"
)

// A rooflinePoint is a measure's speed beside what its operations allow, with one instruction set.
type rooflinePoint struct {
	measure, typeName, isa string
	cycles                 float64 // an element
	bounds.Bound
}

// vectorBytes are those of the instruction sets whose ports are known.
var vectorBytes = map[string]int{"avx512": 64, "avx2": 32}

// rooflineFile is where examples/roofline has the points from.
const rooflineFile = "bench/data/roofline.csv"

func reportBounds(to page) error {
	defer use(relent.ISA())
	cpu, known := bounds.Of(cpuid.CPU.Family)
	if !known {
		to.paragraph("Nothing is known of the ports of this CPU, family %d: there is no bound to compare with.", cpuid.CPU.Family)
		return nil
	}
	points := append(rooflineOf(cpu, "float64", kernels.F64, new(source[float64]), func(m measure) contestants[float64] { return m.f64 }),
		rooflineOf(cpu, "float32", kernels.F32, new(source[float32]), func(m measure) contestants[float32] { return m.f32 })...)
	to.paragraph("Cycles an element, n = %d, beside the least that the operations of a kernel's text take on %s, whose ports were measured: "+
		"share is the second of the first, and then comes what it is that takes these cycles. Loops, guards that are checked, constants that find no "+
		"register and values that wait in the frame (AVX2) come on top of the bound. Cycles are those of a loop of multiply-adds, two "+
		"vectors each.", cached, cpu.Name)
	var cells [][]string
	for _, p := range points {
		cells = append(cells, []string{p.measure, p.typeName, p.isa, digits3(p.cycles), digits3(p.Cycles), cell("%.0f %%", 100*p.Cycles/p.cycles), p.Limit})
	}
	to.table(3, []string{"measure", "elements", "", "cycles", "bound", "share", "limit"}, cells)
	if !to.markdown {
		return nil
	}
	to.paragraph("![Operations a cycle over operations a byte, below what ports and loads allow](bench/roofline.svg)")
	return writeRoofline(points)
}

// rooflineOf times the measures of a type.
func rooflineOf[F relent.Float](cpu bounds.CPU, typeName string, t kernels.Type, in *source[F], of func(measure) contestants[F]) (points []rooflinePoint) {
	for _, r := range kernels.Reductions {
		i := slices.IndexFunc(measures, func(m measure) bool { return m.name == r.Func })
		if r.Measures == nil || i < 0 {
			continue
		}
		progress("bounds, %s %s", r.Func, typeName)
		p, q := in.get(measures[i].inputs, cached)
		for _, isa := range fastISAs() {
			vector, known := vectorBytes[isa]
			if !known {
				continue
			}
			clock, kernel := newCeiling(isa, typeName), newRunner(isa, of(measures[i]).relent, p, q)
			race(100, 50*time.Microsecond, append(clock.runners, kernel)...)
			hertz := clock.speed() * cpu.Multiply / float64(2*vector/t.Bytes())
			points = append(points, rooflinePoint{r.Func, typeName, isa, kernel.best * hertz / float64(cached), cpu.Bound(r, t, vector)})
		}
	}
	return points
}

func writeRoofline(points []rooflinePoint) error {
	f, err := os.Create(rooflineFile)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	w.Write([]string{"measure", "elements", "set", "operations a byte", "operations a cycle", "most by ports", "most by loads"})
	for _, p := range points {
		// Loads take half a cycle a vector, of which an element's share is its bytes'.
		loads := 2 * float64(vectorBytes[p.isa]) * p.Operations / p.Bytes
		w.Write([]string{p.measure, p.typeName, p.isa, fmt.Sprint(p.Operations / p.Bytes), fmt.Sprint(p.Operations / p.cycles),
			fmt.Sprint(p.Operations / p.Cycles), fmt.Sprint(loads)})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
