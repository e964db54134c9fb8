package kernels

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// Mistakes finds what is declared wrong. Each message begins with the name of a kernel or of a measure, and says what to do.
func (s Set) Mistakes() error {
	var c complaints
	for _, r := range s.Reductions {
		c.kernel(r.Name, r.Args, r.Pad, r.Step == nil, func(t Type) { r.Paths(t) })
	}
	for _, k := range s.Kernels {
		c.outputs(k)
	}
	for _, k := range s.Passes() {
		c.kernel(k.Name, k.Args, k.Pad, k.Step == nil, func(t Type) { c.results(k, len(k.Record(t).Results)) })
	}
	c.measures(s)
	return errors.Join(c.list...)
}

// complaints are of the kernels named so far.
type complaints struct {
	list  []error
	names []string
}

// say complains once.
func (c *complaints) say(name, format string, args ...any) {
	text := name + ": " + fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(c.list, func(err error) bool { return err.Error() == text }) {
		c.list = append(c.list, errors.New(text))
	}
}

// kernel looks at what every kind of kernel has, and has its text recorded.
func (c *complaints) kernel(name string, args []string, pad []float64, noStep bool, record func(t Type)) {
	if !token.IsIdentifier(name) || token.IsExported(name) {
		c.say(fmt.Sprintf("kernel %q of %s", name, strings.Join(args, ", ")), "Name has to be a Go identifier that is not exported")
	}
	if slices.Contains(c.names, name) {
		c.say(name, "another kernel has this Name: give it one of its own")
	}
	c.names = append(c.names, name)
	switch {
	case len(args) == 0:
		c.say(name, "Args has to name an input at least")
	case len(pad) != len(args):
		c.say(name, "Pad has %d numbers for %d Args: it needs one for each", len(pad), len(args))
	case noStep:
		c.say(name, "Step is missing")
	default:
		defer func() {
			if e := recover(); e != nil {
				c.say(name, "its text cannot be recorded: %v. It may only combine its inputs and sums, and what the Builder makes", e)
			}
		}()
		for _, t := range Elements {
			record(t)
		}
	}
}

// outputs looks at what only a Kernel declares.
func (c *complaints) outputs(k Kernel) {
	if len(k.Outputs) == 0 {
		c.say(k.Name, "Outputs has to name a sum or an element at least")
	}
	if !token.IsExported(k.Func) {
		c.say(k.Name, "Func has to be the exported function that calls it, not %q", k.Func)
	}
	names := map[bool][]string{true: k.Args}
	for i, o := range k.Outputs {
		if !token.IsIdentifier(o.Name) {
			c.say(k.Name, "output %d has the Name %q, which is no Go identifier", i, o.Name)
		}
		if slices.Contains(names[o.Element], o.Name) {
			c.say(k.Name, "output %s has the Name of another output or of an input: give it one of its own", o.Name)
		}
		names[o.Element] = append(slices.Clip(names[o.Element]), o.Name)
	}
}

// results compares the outputs with those that the text gives.
func (c *complaints) results(k Kernel, n int) {
	if n > len(k.Outputs) || slices.ContainsFunc(k.Outputs[min(n, len(k.Outputs)):], func(o Output) bool { return o.Element }) {
		c.say(k.Name, "Step returns %d results for %d Outputs: only sums at the end may be left out", n, len(k.Outputs))
	}
}

// measures looks for declarations that package relent would compute wrong values by.
func (c *complaints) measures(s Set) {
	numbers, several := map[int]string{}, ""
	for _, r := range s.Reductions {
		for _, m := range r.Measures {
			if other := numbers[m.Number]; other != "" || m.Number <= 0 || m.Number >= 1<<7 {
				c.say(m.Func, "Number %d is another measure's, or not from 1 to 127: take the next one after the largest", m.Number)
			}
			numbers[m.Number] = m.Func
			if m.Rows != "" && several != "" {
				c.say(m.Func, "Rows: package relent has code for one measure of several sums, which is %s", several)
			}
			if m.Rows != "" {
				several = m.Func
			}
			c.measure(m)
		}
	}
}

func (c *complaints) measure(m Measure) {
	if takes := m.Gradient != nil && slices.Contains(m.Gradient.Args, "factor"); takes != (m.Factor != "") {
		c.say(m.Func, "Factor has to be declared where the kernel of the Gradient takes one, and only there")
	}
	if !token.IsExported(m.Func) {
		c.say(fmt.Sprintf("measure %d", m.Number), "Func has to be the exported function that it is the value of, not %q", m.Func)
	}
	if _, err := parser.ParseExpr(m.Value); m.Value != "" && err != nil {
		c.say(m.Func, "Value is no Go expression: %v", err)
	}
	want := m.sumDegree()
	if strings.Contains(m.Value, "Sqrt") {
		want /= 2
	}
	if m.Degree != 0 && m.Degree != want {
		c.say(m.Func, "Degree is %v, but the sum's makes %v: declare that, or SumDegree if the sum's is not %v", m.Degree, want, m.sumDegree())
	}
	homogeneous := m.sumDegree() == 1 && (m.Degree == 1 || m.Degree == 0.5 || m.Rows != "")
	if m.Shares == nil || m.Shares.Form != OfDifferences {
		return
	}
	if !homogeneous {
		c.say(m.Func, "Shares: the texts for shares are right for sums of degree 1 only, and measures of Degree 1 or 1/2: declare that, or no Shares")
	}
	needed := []string{m.Shares.Sum + "Shares", m.Shares.Sum + "QuickShares"}
	if m.Shares.Zeros != "" {
		needed = append(needed, m.Shares.Sum+"QuickSharesWithZeros", m.Shares.Zeros)
	}
	for _, name := range needed {
		if !slices.Contains(c.names, name) {
			c.say(m.Func, "Shares need the kernel %s: list it in kernels.go", name)
		}
	}
}

func (m Measure) sumDegree() float64 {
	if m.SumDegree == 0 {
		return 1
	}
	return m.SumDegree
}

// Outgrows tells whether the sum may be infinite where the measure is not.
func (m Measure) Outgrows() bool {
	return m.sumDegree() == 1 && (m.Value != "" && m.Degree > 0 || m.Rows != "")
}
