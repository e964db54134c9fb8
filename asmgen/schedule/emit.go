package schedule

import (
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/kernels"
)

func (b *Block) Emit(items []Item) {
	items = inOrder(items)
	for i, it := range items {
		b.ahead, b.busy = items[i+1:], true
		b.unlock()
		if it.do != nil {
			it.do()
			continue
		}
		b.emitNode(it.in, it.id)
		if then := it.in.Then[it.id]; then != nil {
			b.hand(it.in, it.id, then)
		}
		b.dropConsts()
	}
	b.flushGuards()
	b.ahead, b.busy = nil, false
	b.unlock()
}

// hand lets somebody else use a result that is in a register.
func (b *Block) hand(in *Instance, id int, then func(reg int)) {
	l := in.locs[id]
	then(l.Reg)
	if in.left[id]--; in.left[id] == 0 {
		b.Release(l.Reg)
	}
}

// Hand lets somebody else use a result, which last allows to be changed.
func (b *Block) Hand(in *Instance, id int, then func(reg int, last bool)) {
	if c, ok := in.constant(id); ok && c.Kind == isa.InConst {
		r := b.Reg()
		b.m.Constant(r, c, b.Elem)
		then(r, true)
		b.Release(r)
		return
	}
	b.lock(b.fetch(in, id).Reg)
	b.hand(in, id, func(r int) {
		last := in.left[id] == 1
		if last {
			b.Disown(r)
		}
		then(r, last)
	})
}

func (b *Block) emitNode(in *Instance, id int) {
	n := in.Nodes[id]
	switch {
	case n.Op == kernels.Input:
		b.fetch(in, id)
		return
	case n.Op.IsGuard():
		b.emitGuard(in, n)
		return
	}
	if n.Op == kernels.Add || n.Op == kernels.Mul || n.Op == kernels.Max || n.Op == kernels.Min ||
		n.Op == kernels.IntAdd || n.Op == kernels.IntAnd || n.Op == kernels.IntXor {
		if in.Nodes[n.Args[0]].Op == kernels.Const {
			n.Args = []int{n.Args[1], n.Args[0]} // commutative: a constant comes last
		}
	}
	args, dying := b.operands(in, n)
	var dst isa.Loc
	carries := -1
	for i, a := range n.Args {
		if dying[i] && slices.Contains(in.sums, a) {
			carries = i
		}
	}
	tied := b.m.Info().Tied[n.Op]
	if tied == nil && slices.ContainsFunc(args, func(l isa.Loc) bool { return l.Kind == isa.InLane }) {
		tied = []int{0} // as the fused multiplication that a subtraction then is
	}
	switch {
	case n.Op.IsMask() && b.m.Info().MaskRegs:
		b.releaseAll(args, dying)
		dst = isa.Loc{Kind: isa.InMask, Reg: take(b.masks)}
		if dst.Reg < 0 {
			panic(ErrMasks)
		}
	case carries >= 0:
		dst, dying[carries] = args[carries], false
		in.sums[slices.Index(in.sums, n.Args[carries])] = id
		if tied != nil && !slices.Contains(tied, carries) {
			panic(isa.Mistake("a sum has to be what a MulAdd or NegMulAdd adds to, not a factor"))
		}
		b.releaseAll(args, dying)
	case tied != nil:
		dst = b.tie(args, dying, tied)
		b.releaseAll(args, dying)
	default:
		b.releaseAll(args, dying)
		dst = isa.Loc{Kind: isa.InReg, Reg: b.regFor(in, id)}
	}
	b.m.Op(n.Op, dst, args, in.Elem)
	b.own(dst, in, id)
}

// operands finds the arguments, brings constants that the operation cannot take from memory into registers, and tells which
// registers hold nothing any more afterwards.
func (b *Block) operands(in *Instance, n program.Node) (args []isa.Loc, dying []bool) {
	memory := false
	args, dying = make([]isa.Loc, len(n.Args)), make([]bool, len(n.Args))
	for i := len(n.Args) - 1; i >= 0; i-- {
		a := n.Args[i]
		in.left[a]--
		if c, constant := in.constant(a); constant {
			if c.Kind == isa.InElement && b.m.Info().Lanes && b.m.Info().Memory(n.Op, i, isa.InLane) {
				args[i] = b.lane(c)
				continue
			}
			if r, has := b.constReg(c, in.Elem, b.overwrites(n.Op, i)); has {
				args[i] = isa.Loc{Kind: isa.InReg, Reg: r}
				b.lock(r)
				continue
			}
			switch {
			case b.m.Info().Memory(n.Op, i, c.Kind) && !memory:
				args[i] = c
				memory = true
			default:
				args[i] = isa.Loc{Kind: isa.InReg, Reg: b.Reg()}
				b.lock(args[i].Reg)
				b.m.Constant(args[i].Reg, c, in.Elem)
				dying[i] = true
			}
			continue
		}
		args[i] = b.fetch(in, a)
		dying[i] = in.left[a] == 0
		for j := i + 1; j < len(args); j++ {
			if n.Args[j] == a {
				dying[j] = false // counted once
			}
		}
	}
	return args, dying
}

// emitGuard collects a guard. Registers with signs wait for others to go with, and where there is room they are joined before they are
// collected: each time, the next one waits for the accumulator.
func (b *Block) emitGuard(in *Instance, n program.Node) {
	args, dying := b.operands(in, n)
	acc, r := b.Guards[n.Guard()], args[0].Reg
	pairs, waiting, most := b.m.Info().GuardPairs, len(b.pending), 1 // that may wait
	if pairs {
		most = 2
	}
	switch {
	case n.Op != kernels.GuardSign:
		b.m.Collect(n.Op, acc, []int{r}, in.Elem)
	case dying[0] && (waiting == 0 && pairs || waiting < most && b.roomy()):
		b.Disown(r) // not to be spilled
		b.pending = append(b.pending, r)
		return
	case waiting == most:
		first := b.pending[0]
		b.m.Collect(n.Op, first, append(b.pending[1:], r), in.Elem)
		b.Release(b.pending[1:]...)
		b.pending = b.pending[:1]
	default:
		b.m.Collect(n.Op, acc, append(b.pending, r), in.Elem)
		b.dropPending()
	}
	b.releaseAll(args, dying)
}

// roomy tells whether there are registers to spare.
func (b *Block) roomy() bool {
	const spare = 6
	free := 0
	for _, r := range b.regs {
		if r.usable() {
			free++
		}
	}
	return free >= spare
}

func (b *Block) dropPending() {
	b.Release(b.pending...)
	b.pending = nil
}

// flushGuards collects a guard that waits.
func (b *Block) flushGuards() {
	if b.pending != nil {
		b.m.Collect(kernels.GuardSign, b.Guards[program.Signs], b.pending, b.Elem)
		b.dropPending()
	}
}

func (b *Block) releaseAll(args []isa.Loc, dying []bool) {
	for i, a := range args {
		if !dying[i] {
			continue
		}
		if a.Kind == isa.InMask {
			b.masks[a.Reg] = true
		} else {
			b.Release(a.Reg)
		}
	}
}

// tie picks the register that is operand and destination in one: a dying operand's, or a copy's.
func (b *Block) tie(args []isa.Loc, dying []bool, tied []int) isa.Loc {
	for _, i := range tied {
		if dying[i] {
			dying[i] = false
			b.Disown(args[i].Reg)
			return args[i]
		}
	}
	i := tied[0]
	if j := slices.IndexFunc(tied, func(j int) bool { return args[j].Kind == isa.InReg }); j >= 0 {
		i = tied[j]
	}
	dst := isa.Loc{Kind: isa.InReg, Reg: b.Reg()}
	b.m.Copy(dst.Reg, args[i])
	args[i] = dst
	return dst
}
