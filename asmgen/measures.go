package main

import (
	"strings"

	"github.com/relent-go/relent/kernels"
)

// A chosen measure is one that users choose by value, and the reduction it is made of.
type chosen struct {
	kernels.Measure
	reduction kernels.Reduction
}

func chosenMeasures() (list []chosen) {
	for _, r := range kernels.Reductions {
		for _, m := range r.Measures {
			list = append(list, chosen{m, r})
		}
	}
	return list
}

// measuresFile declares the measures, and switches between them.
func measuresFile() []byte {
	g := newGoFile("", "math")
	g.f("// The measures, each the value of the function that it names.\nconst (\n")
	for i, m := range chosenMeasures() {
		first := map[bool]string{true: " Measure = iota"}[i == 0]
		g.f("%s%s // [%s]%s\n", m.Name, first, m.Func, map[int]string{1: ", of one vector"}[len(m.reduction.Args)])
	}
	g.f(")\n\n")
	g.f("var measureFuncs = [...]string{\n")
	for _, m := range chosenMeasures() {
		g.f("%s: %q,\n", m.Name, m.Func)
	}
	g.f("}\n\n")
	g.predicate("Symmetric tells whether the measure of p and q is that of q and p, to the bit.\nfunc (m Measure) Symmetric() bool",
		func(m chosen) bool { return m.Symmetric })
	g.predicate("ofOne tells whether the measure is one of a single vector.\nfunc (m Measure) ofOne() bool",
		func(m chosen) bool { return len(m.reduction.Args) == 1 })
	g.predicate("outgrows tells whether the measure may be finite where its sum is not.\nfunc (m Measure) outgrows() bool",
		func(m chosen) bool { return m.Value != "" || m.Rows != "" })
	g.degree()
	g.measureOf()
	g.measureSum()
	g.measureValue()
	g.measureRows()
	g.joints()
	return g.Bytes()
}

func (g *goFile) predicate(head string, holds func(chosen) bool) {
	var names []string
	for _, m := range chosenMeasures() {
		if holds(m) {
			names = append(names, m.Name)
		}
	}
	g.f("// %s {\nswitch m {\ncase %s:\nreturn true\n}\nreturn false\n}\n\n", head, strings.Join(names, ", "))
}

func (g *goFile) degree() {
	g.f("// degree is that of homogeneity: c·p and c·q have the measure c**degree times as large. It is 0 where that does not hold.\n")
	g.f("func (m Measure) degree() float64 {\nswitch m {\n")
	for _, degree := range []float64{1, 0.5} {
		var names []string
		for _, m := range chosenMeasures() {
			if m.Degree == degree {
				names = append(names, m.Name)
			}
		}
		g.f("case %s:\nreturn %v\n", strings.Join(names, ", "), degree)
	}
	g.f("}\nreturn 0\n}\n\n")
}

func (g *goFile) measureOf() {
	g.f("// measureOf is the measure of p and q, or of p alone.\n")
	g.f("func measureOf[F Float](m Measure, p, q []F) float64 {\nswitch m {\n")
	for _, m := range chosenMeasures() {
		g.f("case %s:\nreturn %s(%s)\n", m.Name, m.Func, strings.Join(m.reduction.Args, ", "))
	}
	g.f("}\npanic(\"relent: unknown measure\")\n}\n\n")
}

func (g *goFile) measureSum() {
	g.f("// measureSum is what the measure of p and q, or of p alone, is made of, a sum of terms.\n")
	g.f("func measureSum[F Float](m Measure, p, q []F) float64 {\nswitch m {\n")
	for _, m := range chosenMeasures() {
		g.f("case %s:\nreturn %s(%s)\n", m.Name, m.reduction.Name, strings.Join(m.reduction.Args, ", "))
	}
	g.f("}\npanic(\"relent: unknown measure\")\n}\n\n")
}

func (g *goFile) measureValue() {
	g.f("// measureValue is the measure, given its sum, which is enough but for BhattacharyyaDistance.\n")
	g.f("func measureValue(m Measure, sum float64) float64 {\nswitch m {\n")
	for _, m := range chosenMeasures() {
		if m.Value != "" {
			g.f("case %s:\nreturn %s\n", m.Name, m.Value)
		}
	}
	g.f("}\nreturn sum\n}\n\n")
}

func (g *goFile) measureRows() {
	g.f("// measureRows sets dst[i] to the measure of rows i of p and q, n long, at most a chunk, and so many elements apart. There is\n" +
		"// at least one row.\n")
	g.f("func measureRows[F Float](m Measure, dst []float64, p, q []F, n, pStride, qStride int) {\nswitch m {\n")
	for _, m := range chosenMeasures() {
		if m.Rows != "" {
			g.f("case %s:\n%s(dst, p, q, n, pStride, qStride)\n", m.Name, m.Rows)
			continue
		}
		args := "dst, " + strings.Join(m.reduction.Args, ", ") + ", n"
		for _, a := range m.reduction.Args {
			args += ", " + stride(a)
		}
		g.f("case %s:\n%sRows(%s)\n", m.Name, m.reduction.Name, args)
		if m.Value != "" {
			g.f("for i, sum := range dst {\nif sum > math.MaxFloat64 {\n")
			g.f("dst[i] = outgrownMeasure(m, p[i*pStride:][:n], q[i*qStride:][:n])\ncontinue\n}\ndst[i] = %s\n}\n", m.Value)
		}
	}
	g.f("}\n}\n")
}
