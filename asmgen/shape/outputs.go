package shape

import (
	"fmt"
	"math"
	"slices"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/asmgen/program"
	"github.com/relent-go/relent/asmgen/schedule"
	"github.com/relent-go/relent/kernels"
)

// pass computes outputs of a chunk: each a sum or an element. Where a guard fails the results are left as they are.
type pass struct {
	stripe
	kernels.Kernel
	merged *program.Program // a step of whole vectors: an array that is there twice is loaded once
	paired bool             // two vectors are computed in turns, although there are masks
	ahead  bool             // a stripe goes along with what follows the divisions of the one before
	pairs  [][]int          // of each sum of vectors of float32, for each chain: registers, or slots
}

// Outputs emits the function of a kernel: a loop and a tail and, where there are sums, their folds.
func Outputs(t isa.Machine, k kernels.Kernel, mem kernels.Type) {
	text, sums, names := k.Record(mem), len(k.Sums()), k.Arrays()
	f := beginArrays(t, isa.Symbol(k.Name, mem, t.Info().Name), Pass(k, mem), names, mem)
	k.Outputs = k.Outputs[:len(text.Results)]
	p := pass{stripe: newStripe(rows{f}, mem, k.Pad, text, k.Depth(text.Type)), Kernel: k}
	p.array, p.merged = k.Array, program.Merge(text, false, k.Array)
	p.name, p.ends, p.outs = func(label string) string { return label }, "widen%d", len(k.Elements())
	if sums == 0 {
		p.eachVector()
		return
	}
	p.fail = "fail"
	p.reparam(p.Result, "dst")
	p.arrays.load()
	p.loadNumbers(k.Numbers > 0)
	emit := func(pins int) *schedule.Block {
		attempt := p
		attempt.emit(pins)
		return attempt.Block
	}
	if p.ahead = p.canGoAhead(); p.ahead {
		p.inRegs = true
		if fit(f.f, t.Info().Regs, 0, emit) {
			return
		}
		p.ahead = false
	}
	p.paired = canPair(t.Info(), p.step) && !slices.ContainsFunc(p.Folded(), func(o kernels.Output) bool { return o.Least })
	if p.paired {
		p.paired = spillless(f.f, emit)
	}
	// In registers, if nothing spills then: more than two sums of float32 would take those of constants.
	most, vectors := 4, 0
	if p.depth > 1 {
		most, vectors = 2, p.chains()*sums
	}
	for _, o := range k.Folded() {
		vectors += p.vectors(o)
	}
	if p.inRegs = sums <= most && vectors+4 <= t.Info().Regs; p.inRegs && fit(f.f, t.Info().Regs, 0, emit) {
		return
	}
	p.inRegs = false
	mark := f.f.Mark()
	least := emit(0).Spills
	f.f.Reset(mark)
	fit(f.f, t.Info().Regs, least, emit)
}

// canGoAhead tells whether there may be registers for values of float64 that wait for divisions, from one stripe to the next.
func (p *pass) canGoAhead() bool {
	_, _, crossing := p.merged.Urgent()
	isMask := func(id int) bool { return p.merged.Nodes[id].Op.IsMask() }
	isSum := func(o kernels.Output) bool { return !o.Element && !o.Least }
	return p.Info().Pipeline > 0 && !p.Info().Frame && p.depth == 1 && len(crossing) > 0 && len(crossing) <= maxCrossing &&
		!slices.ContainsFunc(crossing, isMask) && !slices.ContainsFunc(p.Outputs, func(o kernels.Output) bool { return !isSum(o) })
}

// canPair tells whether there may be registers for two vectors of a text with masks.
func canPair(inf *isa.Info, step *program.Program) bool { return inf.Regs >= 32 && step.Masks() }

// spillless tries whether all values have registers where constants have none.
func spillless(f *isa.Function, emit func(pins int) *schedule.Block) bool {
	mark := f.Mark()
	defer func() { f.Reset(mark) }()
	b := attempt(0, emit)
	return b != nil && b.Spills == 0
}

// vectors is how many accumulators an output has: what is the least needs one, as instances take turns.
func (p *pass) vectors(o kernels.Output) int {
	if _, second := p.step.Stages(); o.Least && second != nil {
		panic(isa.Mistake("what is the least cannot go with divisions and roots: make two kernels of it"))
	}
	if o.Least {
		return 1
	}
	return Lanes * 8 / p.Info().Vector
}

// eachVector goes along a vector at a time: without sums nothing waits for another one. Stripes of usual elements go by the quick text,
// if there is one; others, and the last elements, by that for all.
func (p *pass) eachVector() {
	p.arrays.load()
	p.loadNumbers(p.Kernel.Numbers > 0)
	check, quick := p.Quick(p.mem)
	if quick != nil {
		p.usualStripes(check, quick)
	}
	p.newBlock()
	p.Pin(p.step, p.Info().Regs/4)
	step := func(load func(dst, input int), store func(src, output, offset int)) {
		in := p.withNumbers(schedule.New(p.step, isa.Loc{}, load))
		p.Emit(in.All())
		p.Emit(p.stores(in, 0, 0, store))
	}
	s := sweep{size: p.width, width: p.width, loop: "loop", tail: "tail", done: "done"}
	p.each(s, func(int) { step(p.whole(0), p.storeWhole) }, func(int) { step(p.part(0), p.storeTail) })
	if quick != nil {
		p.set(p.Count, p.RowLength)
		p.atLeast(1, "usual")
	}
	p.Return()
	p.f.Slots = max(p.f.Slots, p.Slots())
}

// usualStripes takes stripes whose elements pass the check. It falls through with those that one which does not has, or with the last
// ones; RowLength is how many come after them.
func (p *pass) usualStripes(check, quick *kernels.Program) {
	q := usualPass{pass: *p, check: prepareIf(check)}
	q.step = program.Merge(*quick, false, p.Array)
	q.width = p.Info().Vector / quick.Type.Bytes()
	crossing, least := q.step.Crossing(), 2
	if len(crossing) == 0 {
		least = 4 // of which two go along with the other two
	}
	q.count = max(Lanes/q.width, least)
	p.Label("usual")
	p.setConst(p.RowLength, 0)
	p.fewer(q.size(), "careful")
	emit := func(pins int) *schedule.Block {
		q.newBlock()
		q.ask("unusual")
		q.Pin(q.step, pins)
		if len(crossing) > 0 && p.Info().Pipeline > 0 && !p.Info().Frame {
			q.pipeline(crossing)
		} else {
			q.stripe()
		}
		return q.Block
	}
	if !fit(p.f, p.Info().Regs, 0, emit) {
		p.f.Slots = max(p.f.Slots, emit(0).Slots())
	}
	p.Jump("usual")
	p.Label("unusual")
	p.set(p.RowLength, p.Count)
	p.subConst(p.RowLength, q.size())
	p.setConst(p.Count, q.size())
	p.Label("careful")
}

// usualPass is the loop over stripes whose elements pass a check, of count vectors.
type usualPass struct {
	pass
	check *program.Program
	count int
}

func (q *usualPass) size() int { return q.count * q.width }

// ask goes to fail if the check does not hold for the stripe at hand.
func (q *usualPass) ask(fail string) {
	q.StartGuards(q.check)
	for v := range q.count {
		q.Emit(q.withNumbers(schedule.New(q.check, isa.Loc{}, q.whole(v*q.width))).All())
	}
	tmp := q.Reg()
	for _, g := range q.check.Guards() {
		q.Check(g.Op, q.Guards[g], tmp, g.Bound, q.check.Elem, fail)
		q.Release(q.Guards[g])
	}
	q.Release(tmp)
}

// vectors are those of the stripe that starts at an offset.
func (q *usualPass) vectors(offset int) (ins []*schedule.Instance) {
	for v := range q.count {
		ins = append(ins, q.withNumbers(schedule.New(q.step, isa.Loc{}, q.whole(offset+v*q.width))))
	}
	return ins
}

// store is of the stripe that starts at an offset.
func (q *usualPass) store(ins []*schedule.Instance, offset int) {
	for v, in := range ins {
		q.Emit(q.stores(in, 0, offset+v*q.width, q.storeWhole))
	}
}

// stripe takes two vectors at a time.
func (q *usualPass) stripe() {
	ins := q.vectors(0)
	for v := 0; v < q.count; v += 2 {
		q.Emit(schedule.Interleave(group(ins[v : v+2]).items(all)...))
		for i, in := range ins[v : v+2] {
			q.Emit(q.stores(in, 0, (v+i)*q.width, q.storeWhole))
		}
	}
	q.advance(q.size())
}

// pipeline makes what follows the divisions of one stripe along with the operations up to those of the next, as that of reductions.
func (q *usualPass) pipeline(crossing []int) {
	ins := q.vectors(0)
	q.Emit(schedule.Interleave(group(ins).items(0)...))
	kept := q.Keep(ins, crossing)
	finish := func(alongside [][]schedule.Item) {
		before := q.vectors(-q.size())
		for i, in := range before {
			in.Resume(ins[i], kept[i])
		}
		q.Emit(schedule.Interleave(append(group(before).items(1), alongside...)...))
		q.store(before, -q.size())
	}
	q.advance(q.size())
	q.fewer(q.size(), "drain")
	q.Label("pipeline")
	q.ask("drain")
	next := q.vectors(0)
	for i, in := range next {
		in.Want = kept[i]
	}
	finish(group(next).items(0))
	for i, in := range next {
		q.Settle(in, kept[i])
	}
	q.advance(q.size())
	q.atLeast(q.size(), "pipeline")
	q.Label("drain")
	ins = next
	finish(nil)
	q.Unkeep(kept)
}

func (p *pass) emit(pins int) {
	p.newBlock()
	p.clear()
	p.StartGuards(p.step)
	p.Pin(p.step, pins)
	s := p.sweep("stripe")
	if p.ahead {
		p.goAhead(s)
	} else {
		s.whole = func() {
			p.all()
			p.checkGuards() // the sooner, the less of a chunk is done twice
		}
		p.wholes(s)
	}
	p.tail(func(c, d int, _ *schedule.Instance) *schedule.Instance {
		in := p.vector(p.step, c, d, p.part(c*p.width+d*Lanes))
		p.staggered([]*schedule.Instance{in}, []int{c*p.width + d*Lanes}, p.storePart)
		return in
	}, func(c int, _ *schedule.Instance) { p.widenAll(c) })
	p.checkGuards()
	for i, o := range p.Folded() {
		p.fold(o, p.acc[i], at(p.Result, 8*i))
	}
	p.Label(p.fail)
	p.Return()
}

// goAhead makes what follows the divisions of one vector along with the operations up to those of the next, whose values wait in registers.
func (p *pass) goAhead(s sweep) {
	at := func(offset int) *schedule.Instance {
		return p.vector(p.merged, (offset+s.size)/p.width%p.chains(), 0, p.whole(offset))
	}
	early, late, crossing := p.merged.Urgent()
	p.fewer(s.size, s.tail)
	first := at(0)
	p.Emit(first.Items(early))
	kept := p.Keep([]*schedule.Instance{first}, crossing)
	finish := func(offset int, alongside ...*schedule.Instance) {
		in := at(offset)
		in.Resume(first, kept[0])
		lists := [][]schedule.Item{in.Items(late)}
		for _, next := range alongside {
			next.Want = kept[0]
			lists = append(lists, next.Items(early))
		}
		p.Emit(schedule.Interleave(lists...))
		p.Emit(p.stores(in, (offset+s.size)/p.width%p.chains(), offset, p.storeWhole))
		for _, next := range alongside {
			p.Settle(next, kept[0])
			first = next
		}
	}
	p.Label("ahead")
	last := s.size - p.width
	for offset := 0; offset < last; offset += p.width {
		finish(offset, at(offset+p.width))
	}
	p.advance(s.size)
	p.fewer(s.size, "drain")
	finish(-p.width, at(0))
	p.checkGuards()
	p.Jump("ahead")
	p.Label("drain")
	finish(-p.width)
	p.Unkeep(kept)
}

// fold makes an output of its accumulators.
func (p *pass) fold(o kernels.Output, acc []int, to isa.Place) {
	acc = p.reload(acc)
	switch {
	case o.Least:
		tmp := p.Reg()
		p.FoldLanes(kernels.IntMin, acc[0], tmp)
		p.Constant(tmp, isa.Constant(math.MaxUint32<<32), kernels.F64)
		p.op(kernels.IntAnd, acc[0], tmp)
		p.Release(tmp)
	default:
		p.foldVectors(o.Fold(), acc)
		p.FoldLanes(o.Fold(), acc[0], acc[1])
	}
	p.StoreFirst(acc[0], to)
	p.Release(acc...)
}

// clear sets out with sums of 0.
func (p *pass) clear() {
	p.acc, p.pairs = nil, nil
	for _, o := range p.Folded() {
		p.acc = append(p.acc, p.accumulators(p.vectors(o), o.Start()))
	}
	if p.depth == 1 {
		return
	}
	for range p.chains() {
		var places []int
		for range p.acc {
			places = append(places, p.pairPlace())
		}
		p.pairs = append(p.pairs, places)
	}
}

func (p *pass) pairPlace() int {
	if p.inRegs {
		return p.Reg()
	}
	return p.Slot()
}

// all is a whole stripe.
func (p *pass) all() {
	var vectors []*schedule.Instance
	var offsets []int
	for d := range p.depth {
		for c := range p.chains() {
			offset := c*p.width + d*Lanes
			vectors, offsets = append(vectors, p.vector(p.merged, c, d, p.whole(offset))), append(offsets, offset)
		}
	}
	p.staggered(vectors, offsets, p.storeWhole)
	for c := range p.chains() {
		p.widenAll(c)
	}
}

// vector is the step for vector d of chain c.
func (p *pass) vector(step *program.Program, c, d int, load func(dst, input int)) *schedule.Instance {
	if p.depth > 1 && d == 0 {
		step = p.first
	}
	in := p.withNumbers(schedule.New(step, isa.Loc{}, load))
	place := func(sum int) isa.Loc {
		switch {
		case p.inRegs:
			return isa.Register(p.sumRegister(sum, c))
		case p.depth > 1:
			return isa.Loc{Kind: isa.InKept, Reg: p.pairs[c][sum]}
		}
		return isa.Loc{Kind: isa.InKept, Reg: p.chain(sum, c)}
	}
	in.SumsAt(place)
	in.Then = map[int]func(reg int){}
	if p.inRegs && (p.depth == 1 || d > 0) {
		return in // it adds to what is there
	}
	sum := 0
	for i, id := range step.Results {
		if !p.Outputs[i].Element {
			to := place(sum).Reg
			in.Then[id] = func(r int) { p.Spill(to, r) }
			if p.inRegs {
				in.Then[id] = func(r int) { p.Copy(to, isa.Register(r)) }
			}
			sum++
		}
	}
	return in
}

// sumRegister is where the sum of a chain's vectors is.
func (p *pass) sumRegister(sum, c int) int {
	if p.depth > 1 {
		return p.pairs[c][sum]
	}
	return p.chain(sum, c)
}

// chain is the accumulator of a chain.
func (p *pass) chain(sum, c int) int { return p.acc[sum][c%len(p.acc[sum])] }

// widenAll combines the accumulators with those of float32.
func (p *pass) widenAll(c int) {
	if p.depth == 1 {
		return // they are there
	}
	for i, o := range p.Folded() {
		acc := p.acc[i][2*c : 2*c+2]
		if p.inRegs {
			p.widenInPlace(o.Fold(), p.pairs[c][i], acc)
			continue
		}
		r := p.Reg()
		p.Reload(r, p.pairs[c][i])
		p.widen(o.Fold(), r, acc)
	}
}

// staggered runs over vectors: what follows the divisions of one goes along with the operations up to those of the next. Elements are
// stored when all is done with a vector: they may take the place of inputs.
func (p *pass) staggered(vectors []*schedule.Instance, offsets []int, store func(src, output, offset int)) {
	var late []schedule.Item
	for i, in := range vectors {
		if p.paired && len(vectors)%2 == 0 {
			if i%2 == 1 {
				p.pair(vectors[i-1:][:2], offsets[i-1:][:2], store)
			}
			continue
		}
		if p.step.Masks() { // registers are few
			p.Emit(append(in.All(), p.stores(in, offsets[i]%Lanes/p.width, offsets[i], store)...))
			continue
		}
		first, second := in.Stages()
		p.Emit(schedule.Interleave(late, in.Items(first)))
		late = append(in.Items(second), p.stores(in, offsets[i]%Lanes/p.width, offsets[i], store)...)
	}
	p.Emit(late)
}

// pair computes two vectors in turns, the first as far ahead as it takes for its sums to be there when the second asks for them.
func (p *pass) pair(vectors []*schedule.Instance, offsets []int, store func(src, output, offset int)) {
	var lists [][]schedule.Item
	for i, in := range vectors {
		lists = append(lists, append(in.All(), p.stores(in, offsets[i]%Lanes/p.width, offsets[i], store)...))
	}
	var sums []int
	for i, id := range vectors[0].Results {
		if !p.Outputs[i].Element {
			sums = append(sums, id)
		}
	}
	items := schedule.Interleave(lists...)
	for lead := 1; p.depth > 1 && !schedule.SumsInOrder(items, sums, vectors[0], vectors[1]); lead++ {
		items = slices.Concat(lists[0][:lead], schedule.Interleave(lists[0][lead:], lists[1]))
	}
	p.Emit(items)
}

// stores are the steps that store a vector's elements, and bring its sums to where they belong.
func (p *pass) stores(in *schedule.Instance, c, offset int, store func(src, output, offset int)) (steps []schedule.Item) {
	elements, sums := 0, 0
	for i, id := range in.Results {
		if !p.Outputs[i].Element {
			if sum := sums; p.inRegs && in.Then[id] == nil {
				steps = append(steps, schedule.Step(func() { p.Bring(in, id, p.sumRegister(sum, c)) }))
			}
			sums++
			continue
		}
		to := elements
		elements++
		steps = append(steps, schedule.Step(func() {
			p.Hand(in, id, func(r int, last bool) {
				if last || p.mem == p.Elem {
					store(r, to, offset)
					return
				}
				narrowed := p.Reg()
				p.Copy(narrowed, isa.Register(r))
				store(narrowed, to, offset)
				p.Release(narrowed)
			})
		}))
	}
	return steps
}

func (p *pass) storeWhole(src, output, offset int) {
	p.Store(src, p.element(output, offset), p.Elem, p.mem)
}

// storePart stores what there is of a vector, which may be all.
func (p *pass) storePart(src, output, offset int) {
	if p.Info().Incomplete {
		whole, done := fmt.Sprintf("all%d", p.f.Joins), fmt.Sprintf("stored%d", p.f.Joins)
		p.f.Joins++
		p.atLeast(offset+p.width, whole)
		p.StoreTail(src, schedule.NoReg, p.element(output, offset), offset, p.Elem, p.mem)
		p.Jump(done)
		p.Label(whole)
		p.storeWhole(src, output, offset)
		p.Label(done)
		return
	}
	p.storeTail(src, output, offset)
}

func (p *pass) storeTail(src, output, offset int) {
	tmp := p.Reg()
	p.StoreTail(src, tmp, p.element(output, offset), offset, p.Elem, p.mem)
	p.Release(tmp)
}
