package shape

import (
	"fmt"
	"iter"
	"math"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// Short is the signature of the kernel of short rows: that of rows, and it returns how many of them it did.
func Short(r kernels.Reduction, t kernels.Type) isa.Signature {
	s := Rows(r, t)
	s.Result = true
	return s
}

// ShortName is its name.
func ShortName(r kernels.Reduction) string { return r.Name + "Short" }

// short is the kernel of rows of at most Lanes elements, for which vectors along a row would be hardly filled: it goes along the columns of
// as many rows as there are lanes. The term of column i is added to what lane i of a reduction has, and these are folded as lanes are, so
// that sums have the same bits. It stops at rows not all of which take the same path and pass its guards.
type short struct {
	*walker
	kernels.Reduction
	x, stride  []isa.Scalar // of each array: where the rows at hand begin, and how many bytes they are apart
	column, to isa.Scalar   // of the columns at hand: the one after them, and the first, or the index of its terms
}

// ShortRows emits it. Rows have 16 bytes or more.
func ShortRows(m isa.Machine, r kernels.Reduction, t kernels.Type) {
	w := &walker{asm: begin(m, isa.Symbol(ShortName(r), t, m.Info().Name), Short(r, t)), t: t}
	s := short{walker: w, Reduction: r}
	s.newBlock(t)
	s.clear()
	s.Move(isa.Param("ret"), isa.Const(0))
	for _, a := range r.Args {
		s.x = append(s.x, s.param(a))
		stride := s.param(Stride(a))
		s.bytes(stride)
		s.stride = append(s.stride, stride)
	}
	s.column, s.to = s.scalar(), s.scalar()
	s.Label("group")
	s.Branch(isa.Param("rows"), isa.Less, isa.Const(s.rows()), "done")
	paths := r.Paths(t)
	for i, text := range paths[:len(paths)-1] {
		if text.Far != nil {
			s.ask(program.Prepare(*text.Far, false), i)
		}
		s.Label(pathLabel(i))
		s.attempt(func(pins int) { s.sum(i, text, pins) })
	}
	s.Label("next")
	s.next()
	s.Label("done")
	s.Return()
}

// attempt emits with as many constants in registers as there is room for.
func (s *short) attempt(emit func(pins int)) {
	mark := s.f.Scalars
	tried := func(pins int) *schedule.Block {
		s.f.Scalars = mark
		emit(pins)
		return s.Block
	}
	if !fit(s.f, s.Info().Regs, 0, tried) {
		s.f.Slots = max(s.f.Slots, tried(0).Slots())
	}
}

// rows is how many are in a group.
func (s *short) rows() int { return s.Info().Vector / s.t.Bytes() }

// together is how many columns are transposed at a time.
func (s *short) together() int { return 16 / s.t.Bytes() }

// halves is how many vectors the terms of a column have.
func (s *short) halves() int { return 8 / s.t.Bytes() }

// newBlock starts with all registers, and with the terms in the frame.
func (s *short) newBlock(t kernels.Type) {
	s.Block = schedule.NewBlock(s.Machine, t, 0)
	for range Lanes * s.halves() {
		s.Slot()
	}
	s.f.Slots = max(s.f.Slots, s.Slots())
}

// termOf is where a half of a column's terms is, and term where that of a column at hand is.
func (s *short) termOf(column, half int) isa.Place {
	return at(isa.Frame, (column*s.halves()+half)*s.Info().Vector)
}

func (s *short) term(column, half int) isa.Place {
	p := s.termOf(column, half)
	p.Index, p.N = s.to, s.halves()
	return p
}

// clear makes all terms 0, which those of columns that rows have not got stay.
func (s *short) clear() {
	zero := s.Reg()
	s.Zero(zero)
	for column := range Lanes {
		for half := range s.halves() {
			s.writeAt(zero, s.termOf(column, half), s.t)
		}
	}
	s.Release(zero)
}

// along does something for some columns at a time, the last ones of which may be there once more.
func (s *short) along(label string, do func()) {
	s.setConst(s.column, 0)
	s.Label(label)
	s.addConst(s.column, s.together())
	s.set(s.to, s.column)
	s.atMost(s.to, "n")
	s.addConst(s.to, -s.together())
	do()
	s.repeatBelow(s.column, "n", label)
}

// gather transposes the columns at hand of an array; use gets each in a register, which it must release.
func (s *short) gather(array int, use func(column, reg int)) {
	mark := s.f.Scalars
	from := s.scalar()
	s.set(from, s.to)
	s.bytes(from)
	s.addScalar(from, s.x[array])
	rows := s.Machine.Rows(s.stride[array], s.t)
	rows.Aim(from)
	weave(rows.Gather(s, 0, 16, use), nil)
	s.f.Scalars = mark
}

// instances are those of a program for the columns at hand, and for the halves of what is computed in a wider type. Meanwhile what comes
// later is fetched, if rows follow each other.
func (s *short) instances(p *program.Program) (ins []*schedule.Instance) {
	parts := p.Elem.Bytes() / s.t.Bytes()
	for range s.together() * parts {
		ins = append(ins, schedule.New(p, isa.Loc{}, nil))
	}
	for array := range s.Args {
		s.gather(array, func(column, r int) {
			if parts == 1 {
				s.GiveColumn(ins[column], array, r)
			} else {
				s.giveHalves(ins[2*column:][:2], array, r)
			}
		})
	}
	s.ShiftLeft(s.to, log2(s.Info().Vector))
	for _, x := range s.x {
		s.fetchLines(isa.Place{Base: x, Index: s.to, N: 1, Offset: fetchAhead}, s.together()*s.Info().Vector)
	}
	return ins
}

// giveHalves lets each instance have a half of a column of float32, which it widens.
func (s *short) giveHalves(ins []*schedule.Instance, array, r int) {
	column := at(isa.Frame, s.Slot()*s.Info().Vector)
	s.writeAt(r, column, s.t)
	s.Release(r)
	for _, in := range ins {
		from := column
		before := in.Load
		in.Load = func(dst, input int) {
			if input == array {
				s.Load(dst, schedule.NoReg, from, kernels.F64, s.t)
			} else {
				before(dst, input)
			}
		}
		column.Offset += s.Info().Vector / 2
	}
}

// ask goes to the next path if all rows have elements that show that path i would end there, and gives up if only some rows do.
func (s *short) ask(far *program.Program, i int) {
	s.newBlock(far.Elem)
	seen := s.Reg()
	s.Zero(seen)
	s.along(fmt.Sprintf("far%d", i), func() {
		for _, in := range s.instances(far) {
			s.Emit(in.All())
			value := s.Take(in)
			s.Collect(kernels.GuardSign, seen, []int{value.Reg}, far.Elem)
			s.Release(value.Reg)
		}
	})
	some := fmt.Sprintf("some%d", i)
	s.Check(kernels.GuardSign, seen, schedule.NoReg, 0, far.Elem, some)
	s.Jump(pathLabel(i))
	s.Label(some)
	unseen := s.Reg()
	s.Constant(unseen, isa.Constant(math.MaxUint64>>(64-8*far.Elem.Bytes())), far.Elem)
	s.Op(kernels.IntSub, isa.Register(unseen), []isa.Loc{isa.Register(unseen), isa.Register(seen)}, far.Elem)
	s.Check(kernels.GuardSign, unseen, schedule.NoReg, 0, far.Elem, "done")
	s.Jump(pathLabel(i + 1))
}

// sum computes and stores the sums of the group.
func (s *short) sum(i int, text kernels.Path, pins int) {
	step := program.Prepare(text.Program, false)
	s.newBlock(step.Elem)
	s.StartGuards(step)
	s.Pin(step, pins)
	s.along(fmt.Sprintf("columns%d", i), func() {
		if step.Elem == kernels.F64 {
			s.terms(step)
		} else {
			s.narrowTerms(program.Prepare(text.Program, true))
		}
	})
	s.Unpin()
	s.checkGuards(step)
	for half := range s.halves() {
		s.fold(half, text)
	}
	s.Jump("next")
}

// terms stores those of the columns at hand.
func (s *short) terms(step *program.Program) {
	for i, in := range s.inPairs(s.instances(step), true) {
		r := s.Take(in).Reg
		s.writeAt(r, s.term(i/s.halves(), i%s.halves()), kernels.F64)
		s.Release(r)
	}
}

// narrowTerms are of float32.
func (s *short) narrowTerms(first *program.Program) {
	for i, in := range s.inPairs(s.instances(first), false) {
		s.widen(i, s.Take(in).Reg)
	}
}

// inPairs yields instances when they are done, two in turns, with sums that are 0 before if there are any.
func (s *short) inPairs(ins []*schedule.Instance, sums bool) iter.Seq2[int, *schedule.Instance] {
	return func(yield func(int, *schedule.Instance) bool) {
		for i := 0; i < len(ins); i += 2 {
			var items [][]schedule.Item
			for _, in := range ins[i : i+2] {
				if sums {
					r := s.Reg()
					s.Zero(r)
					in.SumFrom(isa.Register(r))
				}
				items = append(items, in.All())
			}
			s.Emit(schedule.Interleave(items...))
			yield(i, ins[i])
			yield(i+1, ins[i+1])
		}
	}
}

// widen stores the terms of float32 of a column, in a register, which it releases.
func (s *short) widen(column, term int) {
	sums, tmp := s.Regs(2), s.Reg()
	for _, r := range sums {
		s.Zero(r)
	}
	s.Widen(kernels.Add, term, tmp, sums)
	for half, r := range sums {
		s.writeAt(r, s.term(column, half), kernels.F64)
	}
	s.Release(append(sums, tmp, term)...)
}

// next goes on to the next group.
func (s *short) next() {
	mark := s.f.Scalars
	for i, x := range s.x {
		s.Machine.Rows(s.stride[i], s.t).Next(x)
		s.f.Scalars = mark
	}
	s.paramConst("dst", 8*s.rows())
	s.paramConst("rows", -s.rows())
	s.paramConst("ret", s.rows())
	s.Jump("group")
}

func (s *short) checkGuards(step *program.Program) {
	tmp := s.Reg()
	for _, g := range step.Guards() {
		s.Check(g.Op, s.Guards[g], tmp, g.Bound, step.Elem, "done")
		s.Release(s.Guards[g])
	}
	s.Release(tmp)
}

// fold adds the terms of a half of the rows, and stores the sums if they count.
func (s *short) fold(half int, text kernels.Path) {
	var sums []int
	other := s.Reg()
	for column := range Lanes / 2 {
		r := s.Reg()
		s.readAt(r, s.termOf(column, half), kernels.F64)
		s.readAt(other, s.termOf(column+Lanes/2, half), kernels.F64)
		s.op(kernels.Add, r, other)
		sums = append(sums, r)
	}
	s.foldVectors(kernels.Add, sums)
	s.Release(sums[1:]...)
	sum := sums[0]
	if !text.Decisive {
		s.checkSums(sum, other, text.Floor)
	}
	dst := s.param("dst")
	s.writeAt(sum, at(dst, half*s.Info().Vector), kernels.F64)
	s.f.Scalars--
	s.Release(sum, other)
}

// checkSums gives up if one is not finite, or below the floor, a power of two or 0.
func (s *short) checkSums(sum, tmp int, floor float64) {
	least, infinity := math.Float64bits(floor), math.Float64bits(math.Inf(1))
	seen, size := s.Reg(), s.Reg()
	s.Zero(seen)
	s.Op(kernels.Abs, isa.Register(size), []isa.Loc{isa.Register(sum)}, kernels.F64)
	s.Constant(tmp, isa.Constant(least), kernels.F64)
	s.Op(kernels.IntSub, isa.Register(size), []isa.Loc{isa.Register(size), isa.Register(tmp)}, kernels.F64)
	s.Collect(kernels.GuardRange, seen, []int{size}, kernels.F64)
	s.Check(kernels.GuardRange, seen, tmp, infinity-least-1, kernels.F64, "done")
	s.Release(seen, size)
}
