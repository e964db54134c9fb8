package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// store makes a folded sum the result of the row at hand, 0, or of the one before, -1.
func (r rows) store(acc, row int) { r.StoreFirst(acc, at(r.Result, 8*row)) }

// finish stores the sum of the row at hand and goes on with the next one; last is a label.
func (r rows) finish(acc int, last string) {
	r.store(acc, 0)
	r.when(r.RowsLeft, isa.Equal, 1, last)
	r.next()
	r.Jump(pathLabel(0))
	r.Label(last)
	r.Return()
}

// finishLater ends a row but for its last additions: they wait for each other, and are made when the next row's vectors are
// done. If the sum is not to be trusted then, the row is taken up again, on the next path; for a while after that rows do
// not wait, since the work on the next one is lost.
func (p *path) finishLater(acc int) {
	none, now, end := p.name("none"), p.name("now"), p.name("end")
	p.when(p.Waits, isa.Equal, 0, none)
	p.when(p.Waits, isa.Less, 0, now)
	p.finishWaiting()
	p.Label(none)
	p.when(p.RowsLeft, isa.Equal, 1, now)
	p.Spill(p.waiting, acc)
	p.setWaiting(1 + p.i)
	p.rows.next()
	p.Jump(pathLabel(0))

	tmp := p.Reg()
	p.Label(now)
	p.FoldLanes(kernels.Add, acc, tmp)
	p.trust(acc, p.i, p.name("doubt"))
	p.store(acc, 0)
	p.when(p.RowsLeft, isa.Equal, 1, end)
	p.addConst(p.Waits, 1) // a row nearer to 0
	p.rows.next()
	p.Jump(pathLabel(0))
	p.Label(end)
	p.Return()

	if !p.waitable[p.i].Decisive {
		p.Label(backLabel(p.i))
		p.before()
		p.doubt(acc, tmp)
	}
	if p.i == len(p.waitable)-1 { // the next path does not know of waiting
		p.Label(p.fail)
		p.when(p.Waits, isa.AtMost, 0, pathLabel(p.i+1))
		p.finishWaiting()
		p.setWaiting(-afterDoubt)
	}
}

// trust goes to fail unless the folded sum of a path counts.
func (p *path) trust(acc, path int, fail string) {
	if text := p.waitable[path]; !text.Decisive {
		p.CheckSum(acc, text.Floor, fail)
	}
}

// doubt is where a row's sum is not trusted: of the row at hand, in acc at its label, or of one that waited, before that.
func (p *path) doubt(acc, tmp int) {
	if p.small == nil {
		p.Label(p.name("doubt"))
	} else {
		p.Reload(acc, p.waiting)
		p.FoldLanes(kernels.Add, acc, tmp)
		p.Label(p.name("doubt"))
		p.CheckSum(acc, 0, p.name("large"))
		p.Spill(p.waiting, acc)
		p.ask(p.small, "small", p.name("large"))
		p.Reload(acc, p.waiting)
		p.setWaiting(-afterSmall)
		p.finish(acc, p.name("smallEnd"))
		p.Label(p.name("large"))
	}
	p.setWaiting(-afterDoubt)
	p.Jump(pathLabel(p.i + 1))
}

// afterDoubt is how many rows are finished at once after one that had to be taken up again, afterSmall after one whose sum was only
// small: where one row is the same as another, many are.
const (
	afterDoubt = 8
	afterSmall = 32
)

func backLabel(path int) string { return fmt.Sprintf("back%d", path) }

// finishWaiting finishes the row before the one at hand, which may have come by any path that lets rows wait.
func (p *path) finishWaiting() {
	sum, tmp := p.Reg(), p.Reg()
	p.Reload(sum, p.waiting)
	p.FoldLanes(kernels.Add, sum, tmp)
	p.waits++
	trusted := fmt.Sprintf("trusted%d_%d", p.i, p.waits)
	last := len(p.waitable) - 1
	for path := range p.waitable {
		other := fmt.Sprintf("other%d_%d_%d", p.i, p.waits, path)
		if path < last {
			p.when(p.Waits, isa.Unequal, 1+path, other)
		}
		p.trust(sum, path, backLabel(path))
		if path < last {
			p.Jump(trusted)
			p.Label(other)
		}
	}
	p.Label(trusted)
	p.store(sum, -1)
	p.Release(sum, tmp)
}
