package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/relent-go/relent/asmgen/shape"
	"github.com/relent-go/relent/kernels"
)

// A chosen measure is one that users choose by value, and the reduction it is made of.
type chosen struct {
	kernels.Measure
	reduction kernels.Reduction
}

// chosen are in the order of their numbers, each of which, and each name, is one measure's.
func (g *file) chosen() (list []chosen) {
	for _, r := range g.Reductions {
		for _, m := range r.Measures {
			list = append(list, chosen{m, r})
		}
	}
	slices.SortFunc(list, func(a, b chosen) int { return a.Number - b.Number })
	several := 0
	for i, m := range list {
		if m.Rows != "" {
			several++
		}
		if several > 1 {
			panic(fmt.Sprintf("%s takes several sums, for which package relent has code of one other measure", m.Func))
		}
		m.check()
		if m.Number <= 0 || m.Number >= 1<<7 || i > 0 && m.Number == list[i-1].Number {
			panic(fmt.Sprintf("%s has number %d", m.Name(), m.Number))
		}
	}
	return list
}

// check refuses declarations that package relent would compute wrong values by.
func (m chosen) check() {
	want := m.sumDegree()
	if strings.Contains(m.Value, "Sqrt") {
		want /= 2
	}
	if m.Degree != 0 && m.Degree != want {
		panic(fmt.Sprintf("%s: its degree is %v, that of its sum makes %v", m.Func, m.Degree, want))
	}
	homogeneous := m.sumDegree() == 1 && (m.Degree == 1 || m.Degree == 0.5 || m.Rows != "")
	if m.Shares != nil && m.Shares.Form == kernels.OfDifferences && !homogeneous {
		panic(fmt.Sprintf("%s: the texts for shares are right for sums of degree 1 only, and measures of degree 1 or 1/2", m.Func))
	}
}

func (m chosen) sumDegree() float64 {
	if m.SumDegree == 0 {
		return 1
	}
	return m.SumDegree
}

func (g *file) shared(form kernels.ShareForm) (list []chosen) {
	for _, m := range g.chosen() {
		if m.Shares != nil && m.Shares.Form == form {
			list = append(list, m)
		}
	}
	return list
}

// measures declares the measures, and switches between them.
func (g *file) measures() []byte {
	g.f("// The measures, each the value of the function that it names, and their derivatives by p and by q, see [Gradient]; d is the distance.\n" +
		"const (\n")
	for _, m := range g.chosen() {
		g.f("%s Measure = %d // [%s]%s: %s\n", m.Name(), m.Number, m.Func, map[int]string{1: ", of one vector"}[len(m.reduction.Args)], m.Formula)
	}
	g.f(")\n\n")
	g.traits()
	g.measureOf()
	g.measureSum()
	g.measureValue()
	g.measureRows()
	g.shareSums()
	g.joints()
	g.gradients()
	return g.Bytes()
}

// traits writes the table of what is declared.
func (g *file) traits() {
	g.f("var measureTable = [...]traits{\n")
	for _, m := range g.chosen() {
		g.f("%s: {\nname: %q, vectors: %d, symmetric: %v, degree: %v, outgrows: %v, several: %v, gradient: %s,\n", m.Name(), m.Func, len(m.reduction.Args), m.Symmetric,
			m.Degree, m.sumDegree() == 1 && (m.Value != "" && m.Degree > 0 || m.Rows != ""), m.Rows != "", m.gradientKind())
		if s := m.Shares; s != nil {
			second := s.Second
			if second == "" {
				second = kernels.NoSecond
			}
			g.f("shares: shareTraits{form: %s, zeros: %v, second: %s, finish: %s},\n", s.Form, s.Zeros != "", second, s.Finish)
		}
		if b := m.Bound; b != nil {
			g.f("bound: boundTraits{slope: %s, logarithms: %v, root: %v, part: %s},\n", b.Slope, b.Logarithms, b.Root, b.Part)
		}
		g.f("},\n")
	}
	g.f("}\n\n")
}

const unknown = "}\npanic(\"relent: unknown measure\")\n}\n\n"

func (g *file) measureOf() {
	g.f("// measureOf is the measure of p and q, or of p alone.\n")
	g.f("func measureOf[F Float](m Measure, p, q []F) float64 {\nswitch m {\n")
	for _, m := range g.chosen() {
		g.f("case %s:\nreturn %s(%s)\n", m.Name(), m.Func, strings.Join(m.reduction.Args, ", "))
	}
	g.f(unknown)
}

func (g *file) measureSum() {
	g.f("// measureSum is what the measure of p and q, or of p alone, is made of, a sum of terms.\n")
	g.f("func measureSum[F Float](m Measure, p, q []F) float64 {\nswitch m {\n")
	for _, m := range g.chosen() {
		g.f("case %s:\nreturn %s(%s)\n", m.Name(), m.reduction.Name, strings.Join(m.reduction.Args, ", "))
	}
	g.f(unknown)
}

func (g *file) measureValue() {
	g.f("// measureValue is the measure, given its sum, which is enough but for those that have rows of their own.\n")
	g.f("func measureValue(m Measure, sum float64) float64 {\nswitch m {\n")
	for _, m := range g.chosen() {
		if m.Value != "" {
			g.f("case %s:\nreturn %s\n", m.Name(), m.Value)
		}
	}
	g.f("}\nreturn sum\n}\n\n")
}

func (g *file) measureRows() {
	g.f("// measureSumRows sets dst[i] to what the measure of rows i of p and q is made of. The rows are n long, at most a chunk, and so many\n" +
		"// elements apart. There is at least one row.\n")
	g.f("func measureSumRows[F Float](m Measure, dst []float64, p, q []F, n, pStride, qStride int) {\nswitch m {\n")
	for _, m := range g.chosen() {
		args := "dst, " + strings.Join(m.reduction.Args, ", ") + ", n"
		for _, a := range m.reduction.Args {
			args += ", " + shape.Stride(a)
		}
		g.f("case %s:\n%sRows(%s)\n", m.Name(), m.reduction.Name, args)
	}
	g.f("}\n}\n\n")
	g.f("// measureRows sets dst[i] to the measure of rows i of p and q, as measureSumRows has them.\n")
	g.f("func measureRows[F Float](m Measure, dst []float64, p, q []F, n, pStride, qStride int) {\nswitch m {\n")
	for _, m := range g.chosen() {
		if m.Rows != "" {
			g.f("case %s:\n%s(dst, p, q, n, pStride, qStride)\nreturn\n", m.Name(), m.Rows)
		}
	}
	g.f("}\nmeasureSumRows(m, dst, p, q, n, pStride, qStride)\nswitch m {\n")
	for _, m := range g.chosen() {
		if m.Value != "" {
			g.f("case %s:\nfor i, sum := range dst {\nif sum > math.MaxFloat64 {\n", m.Name())
			g.f("dst[i] = outgrownMeasure(m, p[i*pStride:][:n], q[i*qStride:][:n])\ncontinue\n}\ndst[i] = %s\n}\n", m.Value)
		}
	}
	g.f("}\n}\n\n")
}

// shareSums writes the sums of the measures of shares that are differences, by each kind of text.
func (g *file) shareSums() {
	write := func(name, what string, call func(s *kernels.Shares) string) {
		g.f("// %s is %s\n", name, what)
		g.f("func %s(m Measure, p, q []float64, n *numbers) float64 {\nswitch m {\n", name)
		for _, m := range g.shared(kernels.OfDifferences) {
			if c := call(m.Shares); c != "" {
				g.f("case %s:\nreturn %s\n", m.Name(), c)
			}
		}
		g.f(unknown)
	}
	write("quickSum", "the sum over shares by the quick text.", func(s *kernels.Shares) string {
		return s.Sum + "QuickShares(p, q, n)"
	})
	write("preciseSum", "that by the precise text.", func(s *kernels.Shares) string { return s.Sum + "Shares(p, q, n)" })
	write("equalSum", "that of counts whose totals are the same.", func(s *kernels.Shares) string { return s.Sum + "(p, q)" })
	write("zerosSum", "that by the quick text for zeros.", func(s *kernels.Shares) string {
		if s.Zeros == "" {
			return ""
		}
		return s.Sum + "QuickSharesWithZeros(p, q, n)"
	})
	write("irregularSum", "0 where zerosSum is right.", func(s *kernels.Shares) string {
		if s.Zeros == "" {
			return ""
		}
		return s.Zeros + "(p, q, n)"
	})
}
