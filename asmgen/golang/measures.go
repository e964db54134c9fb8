package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/relent-go/relent/kernels"
)

// A chosen measure is one that users choose by value, and the reduction it is made of.
type chosen struct {
	kernels.Measure
	reduction kernels.Reduction
}

// chosen are in the order of their numbers.
func (g *file) chosen() (list []chosen) {
	for _, r := range g.Reductions {
		for _, m := range r.Measures {
			list = append(list, chosen{m, r})
		}
	}
	slices.SortFunc(list, func(a, b chosen) int { return a.Number - b.Number })
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
	g.values()
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
		g.f("%s: {\nname: %q, vectors: %d, symmetric: %v, degree: %v, outgrows: %v, several: %v, gradient: %s,\n", m.Name(), m.Func,
			len(m.reduction.Args), m.Symmetric, m.Degree, m.Outgrows(), m.Rows != "", m.gradientKind())
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

const unknown = "panic(\"relent: unknown measure\")\n"

// choice writes a function that switches over some measures, those that there is text for, and ends with what is for the others.
func (g *file) choice(comment, signature string, list []chosen, text func(m chosen) string, others string) {
	name, _, _ := strings.Cut(signature, "(")
	name, _, _ = strings.Cut(name, "[")
	g.f("// %s %s\nfunc %s {\n", name, comment, signature)
	g.cases(list, text)
	g.f("%s}\n\n", others)
}

func (g *file) cases(list []chosen, text func(m chosen) string) {
	g.f("switch m {\n")
	for _, m := range list {
		if t := text(m); t != "" {
			g.f("case %s:\n%s\n", m.Name(), t)
		}
	}
	g.f("}\n")
}

// values writes what is of one pair of vectors.
func (g *file) values() {
	of := func(m chosen, name string) string {
		return "return " + name + "(" + strings.Join(m.reduction.Args, ", ") + ")"
	}
	g.choice("is the measure of p and q, or of p alone.", "measureOf[F Float](m Measure, p, q []F) float64", g.chosen(),
		func(m chosen) string { return of(m, m.Func) }, unknown)
	g.choice("is what the measure of p and q, or of p alone, is made of, a sum of terms.", "measureSum[F Float](m Measure, p, q []F) float64",
		g.chosen(), func(m chosen) string { return of(m, m.reduction.Name) }, unknown)
	g.choice("is the measure, given its sum, which is enough but for those that have rows of their own.",
		"measureValue(m Measure, sum float64) float64", g.chosen(), func(m chosen) string { return ifAny("return ", m.Value, "") }, "return sum\n")
}

// ifAny is text around a part, if that is not empty.
func ifAny(before, part, after string) string {
	if part == "" {
		return ""
	}
	return before + part + after
}

func (g *file) measureRows() {
	const parameters = "[F Float](m Measure, dst []float64, p, q []F, n, pStride, qStride int)"
	g.choice("sets dst[i] to what the measure of rows i of p and q is made of. The rows are n long, at most a chunk, and so many\n"+
		"// elements apart. There is at least one row.", "measureSumRows"+parameters, g.chosen(), func(m chosen) string {
		return fmt.Sprintf("%sRows(dst, %s, n, %s)", m.reduction.Name, strings.Join(m.reduction.Args, ", "), strides(m.reduction))
	}, "")
	g.choice("is as measureSumRows, of rows that are leastHalves long or longer; a sum that takes a careful look at float32 is NaN. Without\n"+
		"// a kernel it is false, and dst as it was.",
		"halfSumRows(m Measure, dst []float64, p, q []uint16, brain bool, n, pStride, qStride int) bool", g.chosen(), func(m chosen) string {
			return fmt.Sprintf("return %sHalves(dst, %s, brain, n, %s)", m.reduction.Name, strings.Join(m.reduction.Args, ", "), strides(m.reduction))
		}, "return false\n")
	g.f("// measureRows sets dst[i] to the measure of rows i of p and q, as measureSumRows has them.\nfunc measureRows%s {\n", parameters)
	g.cases(g.chosen(), func(m chosen) string { return ifAny("", m.Rows, "(dst, p, q, n, pStride, qStride)\nreturn") })
	g.f("measureSumRows(m, dst, p, q, n, pStride, qStride)\n")
	g.cases(g.chosen(), func(m chosen) string {
		return ifAny("for i, sum := range dst {\nif sum > math.MaxFloat64 {\n"+
			"dst[i] = outgrownMeasure(m, p[i*pStride:][:n], q[i*qStride:][:n])\ncontinue\n}\ndst[i] = ", m.Value, "\n}")
	})
	g.f("}\n\n")
}

// shareSums writes the sums of the measures of shares that are differences, by each kind of text.
func (g *file) shareSums() {
	var list, zeros []chosen
	for _, m := range g.chosen() {
		if s := m.Shares; s != nil && s.Form == kernels.OfDifferences {
			list = append(list, m)
			if s.Zeros != "" {
				zeros = append(zeros, m)
			}
		}
	}
	write := func(name, what string, list []chosen, call func(s *kernels.Shares) string) {
		g.choice("is "+what, name+"(m Measure, p, q []float64, n *numbers) float64", list,
			func(m chosen) string { return "return " + call(m.Shares) }, unknown)
	}
	write("quickSum", "the sum over shares by the quick text.", list, func(s *kernels.Shares) string { return s.Sum + "QuickShares(p, q, n)" })
	write("preciseSum", "that by the precise text.", list, func(s *kernels.Shares) string { return s.Sum + "Shares(p, q, n)" })
	write("equalSum", "that of counts whose totals are the same.", list, func(s *kernels.Shares) string { return s.Sum + "(p, q)" })
	write("zerosSum", "that by the quick text for zeros.", zeros, func(s *kernels.Shares) string { return s.Sum + "QuickSharesWithZeros(p, q, n)" })
	write("irregularSum", "0 where zerosSum is right.", zeros, func(s *kernels.Shares) string { return s.Zeros + "(p, q, n)" })
}

// joints declares what goes with the joint kernels: their sums, when to trust those, and which measures are made of them.
func (g *file) joints() {
	for _, j := range g.Joints {
		g.sums(j.Name, sumsType(j.Kernel()), " Where a guard fails they are left as they were.", j.Kernel().Sums())
		if j.Sums[0].Reduction.Name == "" {
			continue
		}
		g.jointTable(j, "Floors are the sizes from which sums of float64 and of float32 may be trusted.",
			func(s kernels.Joined, t kernels.Type, _ int) string { return fmt.Sprintf("%x", s.Floor(t)) })
		g.jointTable(j, "Costs are how long the kernels of single sums take, in a unit of the time of an element, of float64 and of float32; 0 for what\n"+
			"// has no part in the pass.", func(s kernels.Joined, t kernels.Type, i int) string {
			if i >= len(j.Record(t).Results) {
				return ""
			}
			return fmt.Sprint(s.Cost)
		})
		g.jointSum(j)
		g.jointSumOf(j)
	}
}

// sums declares the sums of a kernel, by number, and a type for them.
func (g *file) sums(kernel, typ, more string, names []string) {
	g.f("// The sums of %s.%s\nconst (\n", kernel, more)
	for i, name := range names {
		g.f("%s%s\n", name, map[bool]string{true: " = iota"}[i == 0])
	}
	g.f("%sCount\n)\n\ntype %s [%sCount]float64\n\n", typ, typ, typ)
}

// jointTable writes what is to know of each sum for each type of elements; its comment begins with the rest of its name.
func (g *file) jointTable(j kernels.Joint, comment string, entry func(s kernels.Joined, t kernels.Type, i int) string) {
	name, _, _ := strings.Cut(comment, " ")
	g.f("// %s%s\nvar %s%s = [2]%s{\n", j.Name, comment, j.Name, name, sumsType(j.Kernel()))
	for _, t := range kernels.Elements {
		g.f("{\n")
		for i, s := range j.Sums {
			g.f("%s", ifAny(s.Name+": ", entry(s, t, i), ",\n"))
		}
		g.f("},\n")
	}
	g.f("}\n\n")
}

func (g *file) jointSum(j kernels.Joint) {
	g.f("// %sSum is one sum by the kernel of its own.\n", j.Name)
	g.f("func %sSum[F Float](sum int, p, q []F) float64 {\nswitch sum {\n", j.Name)
	for _, s := range j.Sums {
		if s.Far {
			continue
		}
		args := [][]string{{"p", "q"}, {"q", "p"}}[map[bool]int{true: 1}[s.Reversed]][:len(s.Args)]
		g.f("case %s:\nreturn %s(%s)\n", s.Name, s.Reduction.Name, strings.Join(args, ", "))
	}
	g.f("}\npanic(\"relent: unknown sum\")\n}\n\n")
}

func (g *file) jointSumOf(j kernels.Joint) {
	g.f("// %sSumOf is the sum that a measure is made of, or -1.\n", j.Name)
	g.f("func %sSumOf(m Measure) int {\nswitch m {\n", j.Name)
	for _, s := range j.Sums {
		var names []string
		for _, m := range s.Measures {
			names = append(names, m.Name()+map[bool]string{true: " | reverse"}[s.Reversed])
		}
		if !s.Far {
			g.f("case %s:\nreturn %s\n", strings.Join(names, ", "), s.Name)
		}
	}
	g.f("}\nreturn -1\n}\n\n")
}
