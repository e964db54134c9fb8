package main

import (
	"strings"
	"testing"

	"github.com/relent-go/relent/kernels"
)

// What an author of a kernel may get wrong is told by the kernel's name and what to do, without a stack.
func TestMistakes(t *testing.T) {
	type set = kernels.Set
	toy := func(change func(k *kernels.Kernel)) set {
		k := toys()[0]
		change(&k)
		return set{Kernels: []kernels.Kernel{k}}
	}
	of := func(step func(b *kernels.Builder, sums, x []kernels.Vec) []kernels.Vec) set {
		return toy(func(k *kernels.Kernel) {
			k.Step = func(b *kernels.Builder, sums []kernels.Vec, x ...kernels.Vec) []kernels.Vec { return step(b, sums, x) }
		})
	}
	measure := func(change func(m *kernels.Measure)) set {
		all := kernels.All()
		r := all.Reductions[8] // total variation
		m := r.Measures[0]
		change(&m)
		r.Measures = []kernels.Measure{m}
		all.Reductions = append(all.Reductions[:8:8], append([]kernels.Reduction{r}, all.Reductions[9:]...)...)
		return all
	}
	for _, test := range []struct {
		set   set
		wants []string
	}{
		{measure(func(m *kernels.Measure) { m.Degree = 2 }), []string{"TotalVariation", "Degree is 2", "declare"}},
		{measure(func(m *kernels.Measure) { m.Degree = 0 }), []string{"TotalVariation", "Degree 1", "declare"}},
		{measure(func(m *kernels.Measure) { m.SumDegree = 2 }), []string{"TotalVariation", "Degree is 1", "SumDegree"}},
		{measure(func(m *kernels.Measure) { m.Number = 1 }), []string{"TotalVariation", "Number 1", "next one"}},
		{measure(func(m *kernels.Measure) { m.Value = "sum /" }), []string{"TotalVariation", "Value"}},
		{measure(func(m *kernels.Measure) { m.Rows = "rows" }), []string{"TotalVariation", "Rows", "Bhattacharyya"}},
		{measure(func(m *kernels.Measure) { m.Func = "" }), []string{"measure 10", "Func"}},
		{measure(func(m *kernels.Measure) { m.Factor = "1" }), []string{"TotalVariation", "Factor"}},
		{measure(func(m *kernels.Measure) {
			m.Shares = &kernels.Shares{Form: kernels.OfDifferences, Sum: "kl", Zeros: "none"}
		}),
			[]string{"TotalVariation", "kernel none", "list it"}},
		{set{Kernels: append(toys(), toys()[0])}, []string{"toyLoss", "another kernel", "one of its own"}},
		{toy(func(k *kernels.Kernel) { k.Name = "Loss" }), []string{`"Loss"`, "not exported"}},
		{toy(func(k *kernels.Kernel) { k.Func = "" }), []string{"toyLoss", "Func"}},
		{toy(func(k *kernels.Kernel) { k.Pad = nil }), []string{"toyLoss", "Pad has 0 numbers for 2 Args"}},
		{toy(func(k *kernels.Kernel) { k.Args, k.Pad = nil, nil }), []string{"toyLoss", "Args"}},
		{toy(func(k *kernels.Kernel) { k.Step = nil }), []string{"toyLoss", "Step is missing"}},
		{toy(func(k *kernels.Kernel) { k.Outputs = k.Outputs[:1] }), []string{"toyLoss", "2 results for 1 Outputs"}},
		{toy(func(k *kernels.Kernel) { k.Outputs[1].Name = "p" }), []string{"toyLoss", "output p", "of an input"}},
		{toy(func(k *kernels.Kernel) { k.Outputs[1].Name = "a b" }), []string{"toyLoss", "a b", "no Go identifier"}},
		{of(func(_ *kernels.Builder, _, x []kernels.Vec) []kernels.Vec { return []kernels.Vec{{}, x[0].Add(x[2])} }),
			[]string{"toyLoss", "cannot be recorded"}},
		{of(func(_ *kernels.Builder, sums, x []kernels.Vec) []kernels.Vec {
			return []kernels.Vec{sums[0].MulAdd(x[0], x[1]), x[0]}
		}), []string{"toyLossF64NEON", "sum", "adds to"}},
		{of(func(b *kernels.Builder, sums, x []kernels.Vec) []kernels.Vec {
			mask := x[0].Less(x[1])
			var masks []kernels.Mask
			for i := range 9 {
				masks = append(masks, x[0].Less(b.Const(float64(i))))
			}
			for _, m := range masks {
				mask = mask.And(m)
			}
			return []kernels.Vec{sums[0].Add(x[0]), mask.Select(x[0], x[1])}
		}), []string{"toyLossF64AVX512", "masks", "sooner"}},
		{toy(func(k *kernels.Kernel) {
			k.Args, k.Pad = strings.Split("abcdefghi", ""), make([]float64, 9)
		}), []string{"toyLossF64AVX2", "arrays"}},
	} {
		files, err := generate("relent", test.set)
		if err == nil || files != nil {
			t.Errorf("%q: %d files, %v", test.wants, len(files), err)
			continue
		}
		for _, want := range test.wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is missing in: %v", want, err)
			}
		}
	}
}
