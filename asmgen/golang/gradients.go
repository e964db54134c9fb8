package golang

import (
	"slices"
	"strings"
)

// takesFactor tells whether the kernel of the derivatives does.
func (m chosen) takesFactor() bool {
	return m.Gradient != nil && slices.Contains(m.Gradient.Args, "factor")
}

// gradientKind is what package relent knows of them.
func (m chosen) gradientKind() string {
	switch {
	case m.Gradient == nil:
		return "noGradient"
	case m.takesFactor():
		return "scaledGradient"
	}
	return "plainGradient"
}

// gradients writes the switches between the kernels of derivatives.
func (g *file) gradients() {
	g.f("// measureGradient sets dp and dq to the derivatives of the measure with respect to the elements of p and of q, or dp to those of one\n" +
		"// vector. The elements of factor, of which there are as many, are all the gradientFactor, if the measure takes one.\n")
	g.f("func measureGradient[F Float](m Measure, dp, dq, p, q, factor []F) {\nswitch m {\n")
	for _, m := range g.chosen() {
		if m.Gradient != nil {
			g.f("case %s:\n%s(%s)\n", m.Name(), m.Gradient.Name, strings.Join(m.Gradient.Arrays(), ", "))
		}
	}
	g.f("}\n}\n\n// gradientFactor is what the derivatives are multiplied by, given the measure of p and q.\n")
	g.f("func gradientFactor[F Float](m Measure, value float64, p, q []F) float64 {\nswitch m {\n")
	for _, m := range g.chosen() {
		if m.takesFactor() {
			g.f("case %s:\nreturn %s\n", m.Name(), m.Factor)
		}
	}
	g.f("}\nreturn 1\n}\n\n")
}
