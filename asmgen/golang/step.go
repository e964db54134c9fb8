package golang

import (
	"fmt"

	"github.com/relent-go/relent/kernels"
)

// accumulators tells a step what its sums are called, and how to leave where a guard fails.
type accumulators struct {
	name  func(arg int) string
	leave string
}

var oneSum = accumulators{name: func(int) string { return "sum" }, leave: "return 0, false"}

// step writes one element's step as Go statements and returns the expressions of its results.
func (g *file) step(p kernels.Program, args []string, mem kernels.Type, s accumulators) []string {
	expr := make([]string, len(p.Code))
	live := liveness(p)
	for id, in := range p.Code {
		if !live[id] {
			continue
		}
		var a []string
		for _, x := range in.Args {
			a = append(a, expr[x])
		}
		e := spell(p.Type, in, a)
		switch {
		case in.Op == kernels.Input:
			expr[id] = fmt.Sprintf("x%d", in.Arg)
			load := args[in.Arg] + "[i]"
			if mem != p.Type {
				load = "float64(" + load + ")"
			}
			g.f("%s := %s\n", expr[id], load)
		case in.Op == kernels.Sum:
			expr[id] = s.name(in.Arg)
		case in.Op == kernels.Element:
			expr[id] = fmt.Sprintf("m[%d][0]", in.Arg)
			if p.Type == kernels.F32 {
				expr[id] = fmt.Sprintf("firstHalf(m[%d][0])", in.Arg)
			}
		case in.Op == kernels.Const:
			expr[id] = fmt.Sprintf("%#x", in.Bits)
			if !in.Int {
				expr[id] = floatLiteral(p.Type, in.Bits)
			}
		case in.Op.IsGuard():
			g.guard(p, in, a[0], s.leave)
		default:
			expr[id] = fmt.Sprintf("v%d", id)
			g.f("%s := %s\n", expr[id], e)
		}
	}
	var results []string
	for _, id := range p.Results {
		results = append(results, expr[id])
	}
	return results
}

// guard leaves the path if its condition does not hold.
func (g *file) guard(p kernels.Program, in kernels.Instr, value, leave string) {
	bits := map[kernels.Type]string{kernels.F64: "64", kernels.F32: "32"}[p.Type]
	if !p.Code[in.Args[0]].Integer() {
		value = fmt.Sprintf("math.Float%sbits(%s)", bits, value)
	}
	condition := fmt.Sprintf("int%s(%s) < 0", bits, value)
	if in.Op == kernels.GuardSome {
		g.f("some = some || %s\n", condition)
		return
	}
	if in.Op == kernels.GuardRange {
		condition = fmt.Sprintf("%s > %#x", value, in.Bits)
	}
	g.f("if %s {\n%s\n}\n", condition, leave)
}

func liveness(p kernels.Program) []bool {
	live := make([]bool, len(p.Code))
	for _, id := range p.Results {
		live[id] = true
	}
	for id := len(p.Code) - 1; id >= 0; id-- {
		live[id] = live[id] || p.Code[id].Op.IsGuard()
		for _, a := range p.Code[id].Args {
			live[a] = live[a] || live[id]
		}
	}
	return live
}
