package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	passes "github.com/relent-go/relent/internal/pass"
	"github.com/relent-go/relent/kernels"
)

// SideRows is how many rows of fewer than Lanes elements are side by side at most: numbers and sums of each are so many elements apart.
const SideRows = passes.BlockRows

// Side is the signature of the kernel of rows side by side. The arrays are panels of as many rows as a vector has elements, each of Lanes
// columns, of which n are there.
func Side(k kernels.Kernel, t kernels.Type) isa.Signature {
	s := Sums(k.Arrays(), t)
	last := &s.Groups[len(s.Groups)-1]
	last.Names = append(last.Names, "panels")
	s.Groups = append(s.Groups, isa.Group{Names: []string{numbers}, Type: "*float64"})
	return s
}

// SideName is its name.
func SideName(k kernels.Kernel) string { return k.Name + "Side" }

// side is a kernel of rows that are short, which has one row in each lane, and the same bits for it as the kernel of a row has: the term of
// column i is what lane i of that sums, and terms are added as its lanes are. Numbers are of each row.
type side struct {
	*walker
	kernels.Kernel
	step    *program.Program
	x       []isa.Scalar // the panel at hand of each array
	numbers isa.Scalar   // of the rows at hand
	sums    isa.Scalar
	column  isa.Scalar // the one after those at hand
	to      isa.Scalar // how many bytes the first of those is from the panel's beginning
	parts   int        // vectors that a column of elements becomes
	narrow  []int      // slots of numbers as float32
	paired  bool       // the vectors at hand are computed in turns
	starts  []int      // slots of what the largest starts with, for outputs that are that
}

// SideRowsOf emits it.
func SideRowsOf(m isa.Machine, k kernels.Kernel, t kernels.Type) {
	text := k.Record(t)
	k.Outputs = k.Outputs[:len(text.Results)]
	w := &walker{asm: begin(m, isa.Symbol(SideName(k), t, m.Info().Name), Side(k, t)), t: t}
	s := &side{walker: w, Kernel: k, step: program.Prepare(withNumbers(text, len(k.Args)), true), parts: text.Type.Bytes() / t.Bytes()}
	for _, a := range k.Arrays() {
		s.x = append(s.x, s.param(a))
	}
	s.numbers, s.sums, s.column, s.to = s.param(numbers), s.param("dst"), s.scalar(), s.scalar()
	s.newBlock()
	s.clear()
	mark := s.f.Scalars
	s.paired = !s.step.Masks() || canPair(s.Info(), s.step)
	tried := func(pins int) *schedule.Block {
		s.f.Scalars = mark
		s.group(pins)
		return s.Block
	}
	if s.step.Masks() && s.paired {
		s.paired = spillless(s.f, tried)
	}
	if !fit(s.f, s.Info().Regs, 0, tried) {
		s.f.Slots = max(s.f.Slots, tried(0).Slots())
	}
	s.Return()
}

// withNumbers is a text whose numbers are inputs after the others.
func withNumbers(p kernels.Program, inputs int) kernels.Program {
	code := append([]kernels.Instr(nil), p.Code...)
	for id, in := range code {
		if in.Op == kernels.Element {
			code[id].Op, code[id].Arg = kernels.Input, inputs+in.Arg
		}
	}
	p.Code = code
	return p
}

// halves is how many vectors of float64 a column is.
func (s *side) halves() int { return 8 / s.t.Bytes() }

// together is how many columns are at hand: two vectors of them.
func (s *side) together() int { return 2 / s.parts }

// newBlock starts with all registers, and with places in the frame.
func (s *side) newBlock() {
	s.Block = schedule.NewBlock(s.Machine, s.step.Elem, 0)
	for range len(s.Folded()) * Lanes * s.parts {
		s.Slot()
	}
	s.starts, s.narrow = nil, nil
	for range s.Folded() {
		s.starts = append(s.starts, s.Slot())
	}
	if s.step.Elem == kernels.F32 {
		for range s.Numbers {
			s.narrow = append(s.narrow, s.Slot())
		}
	}
	s.f.Slots = max(s.f.Slots, s.Slots())
}

// termOf is where a part of a column's terms of a sum is, and term where that of a column at hand is.
func (s *side) termOf(sum, column, part int) isa.Place {
	return at(isa.Frame, ((sum*Lanes+column)*s.parts+part)*s.Info().Vector)
}

func (s *side) term(sum, column, part int) isa.Place {
	p := s.termOf(sum, column, part)
	p.Index, p.N = s.to, s.parts
	return p
}

// clear sets all terms to what sums start with, which those of columns that rows have not got stay.
func (s *side) clear() {
	r := s.Reg()
	for sum, o := range s.Folded() {
		s.Constant(r, isa.Constant(s.step.Elem.Bits(o.Start())), s.step.Elem)
		s.Spill(s.starts[sum], r)
		for column := range Lanes {
			for part := range s.parts {
				s.writeAt(r, s.termOf(sum, column, part), s.step.Elem)
			}
		}
	}
	s.Release(r)
}

// group is the loop over panels.
func (s *side) group(pins int) {
	s.Label("panel")
	s.newBlock()
	s.narrowNumbers()
	s.Pin(s.step, pins)
	s.setConst(s.column, 0)
	s.Label("columns")
	s.addConst(s.column, s.together())
	s.set(s.to, s.column)
	s.atMost(s.to, "n")
	s.addConst(s.to, -s.together())
	s.ShiftLeft(s.to, log2(s.Info().Vector))
	s.columns()
	s.repeatBelow(s.column, "n", "columns")
	s.Unpin()
	for sum, o := range s.Folded() {
		for half := range s.halves() {
			s.fold(sum, half, o)
		}
	}
	for _, x := range s.x {
		s.addConst(x, Lanes*s.Info().Vector)
	}
	s.addConst(s.numbers, s.halves()*s.Info().Vector)
	s.addConst(s.sums, s.halves()*s.Info().Vector)
	s.paramConst("panels", -1)
	s.repeatParam("panels", "panel")
}

// number is where the i-th number of the rows at hand is, or of a half of them.
func (s *side) number(i, half int) isa.Place {
	return at(s.numbers, i*8*SideRows+half*s.Info().Vector)
}

// narrowNumbers rounds those of the panel at hand to float32, if the text has that.
func (s *side) narrowNumbers() {
	for i, slot := range s.narrow {
		for half := range s.halves() {
			r := s.Reg()
			s.readAt(r, s.number(i, half), kernels.F64)
			to := at(isa.Frame, slot*s.Info().Vector+half*s.Info().Vector/2)
			s.Store(r, to, kernels.F64, kernels.F32)
			s.Release(r)
		}
	}
}

// columns computes those at hand.
func (s *side) columns() {
	var items [][]schedule.Item
	for column := range s.together() {
		for part := range s.parts {
			in := schedule.New(s.step, isa.Loc{}, s.loads(column, part))
			in.SumsAt(func(sum int) isa.Loc { return isa.Loc{Kind: isa.InKept, Reg: s.starts[sum]} })
			items = append(items, append(in.All(), s.stores(in, column, part)...))
		}
	}
	if s.paired {
		items = [][]schedule.Item{schedule.Interleave(items...)}
	}
	for _, list := range items { // one after the other where registers are few
		s.Emit(list)
	}
}

// loads are of a part of a column: elements, and numbers after them.
func (s *side) loads(column, part int) func(dst, input int) {
	return func(dst, input int) {
		i := input - len(s.Args)
		switch {
		case i >= 0 && s.narrow != nil:
			s.readAt(dst, at(isa.Frame, s.narrow[i]*s.Info().Vector), kernels.F64)
		case i >= 0:
			s.readAt(dst, s.number(i, part), kernels.F64)
		default:
			s.Load(dst, schedule.NoReg, s.element(len(s.Elements())+s.Array(input), column, part), s.step.Elem, s.t)
		}
	}
}

// element is where a part of a column at hand is.
func (s *side) element(array, column, part int) isa.Place {
	return isa.Place{Base: s.x[array], Index: s.to, N: 1, Offset: column*s.Info().Vector + part*s.Info().Vector/s.parts}
}

// stores are the steps that store elements and terms.
func (s *side) stores(in *schedule.Instance, column, part int) (steps []schedule.Item) {
	elements, sums := 0, 0
	for i, id := range in.Results {
		to, mem := s.term(sums, column, part), s.step.Elem
		if s.Outputs[i].Element {
			to, mem = s.element(elements, column, part), s.t
			elements++
		} else {
			sums++
		}
		steps = append(steps, schedule.Step(func() {
			s.Hand(in, id, func(r int, last bool) {
				if last || mem == s.step.Elem {
					s.Store(r, to, s.step.Elem, mem)
					return
				}
				narrowed := s.Reg()
				s.Copy(narrowed, isa.Register(r))
				s.Store(narrowed, to, s.step.Elem, mem)
				s.Release(narrowed)
			})
		}))
	}
	return steps
}

// fold adds the terms of a half of the rows as lanes are added, or finds the largest. Of columns that there are not, only the last one is
// added: a sum of nothing but -0 is 0 by that.
func (s *side) fold(sum, half int, o kernels.Output) {
	op := o.Fold()
	load := func(r, column int) {
		from := s.termOf(sum, column, half)
		if s.step.Elem == kernels.F32 {
			from = s.termOf(sum, column, 0)
			from.Offset += half * s.Info().Vector / 2
		}
		s.Load(r, schedule.NoReg, from, kernels.F64, s.step.Elem)
	}
	var sums []int
	other := s.Reg()
	for column := range Lanes / 2 {
		r := s.Reg()
		load(r, column)
		alone := fmt.Sprintf("alone%d_%d_%d", sum, half, column)
		if column < Lanes/2-1 {
			s.Branch(isa.Param("n"), isa.AtMost, isa.Const(column+Lanes/2), alone)
		}
		load(other, column+Lanes/2)
		s.op(op, r, other)
		s.Label(alone)
		sums = append(sums, r)
	}
	s.foldVectors(op, sums)
	s.writeAt(sums[0], at(s.sums, sum*8*SideRows+half*s.Info().Vector), kernels.F64)
	s.Release(append(sums, other)...)
}

// unpacking emits the kernel that transposes panels of Lanes columns back into rows, groups of as many as 16 bytes of a column are of. It
// stores Lanes elements of each row, of which others may overwrite the last.
func unpacking(m isa.Machine, t kernels.Type) {
	w := walk(m, UnpackWalk, t)
	x, panel, stride, column := w.param("x"), w.param("panel"), w.param("stride"), w.scalar()
	w.bytes(stride)
	w.setConst(column, w.Info().Vector)
	lanes, vector := w.Info().Vector/t.Bytes(), w.Info().Vector
	columns := w.Machine.Rows(column, t)
	at := w.scalar()
	w.Label("panels")
	for offset := 0; offset < vector; offset += 16 {
		rows := make([][]int, 16/t.Bytes())
		for from := 0; from < Lanes; from += lanes {
			w.set(at, panel)
			w.addConst(at, from*vector)
			columns.Aim(at)
			weave(columns.Gather(w, offset, 16, func(row, r int) { rows[row] = append(rows[row], r) }), nil)
		}
		for _, row := range rows {
			for i, r := range row {
				w.writeAt(r, isa.Place{Base: x, Offset: i * vector}, t)
				w.Release(r)
			}
			w.addScalar(x, stride)
		}
		w.paramConst("groups", -1)
		w.Branch(isa.Param("groups"), isa.AtMost, isa.Const(0), "done")
	}
	w.addConst(panel, Lanes*vector)
	w.Jump("panels")
	w.Label("done")
	w.Return()
}
