package mvn

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/internal/parallel"
)

// chunkRows are summed by one goroutine, and the sums of chunks in their order: what stands in which chunk does not depend on the batches.
const chunkRows = 2048

// A chunk is some rows of data.
type chunk struct {
	first    uint64                 // its number
	x        relent.Matrix[float64] // wide
	weights  []float64
	own      relent.Matrix[float64] // the place for rows that are copied
	borrowed bool                   // the rows are those of a batch, until the next one is asked for
}

func (c *chunk) full() bool { return c.x.Rows == chunkRows }

// data are rows that come in chunks, from their beginning every time.
type data struct {
	chunks         func(next func() *chunk, full func() error) error
	run            relent.Run
	done, expected int     // rows
	group          []chunk // of the pass, whose places for rows later passes use again
	scale          float64 // what weights are multiplied by, a power of two; 0 stands for 1
}

// chunksOf cuts batches into chunks, which it fills one after the other: next is the place for one, and full is called when it is, or at
// the end if there is one that is not. The rows of a sole batch stay where they are.
func chunksOf[F float32 | float64](batches iter.Seq2[Batch[F], error], sole bool) func(next func() *chunk, full func() error) error {
	cols, rows := -1, uint64(0) // those of the first pass
	return func(next func() *chunk, full func() error) error {
		var c *chunk
		var borrowers []*chunk
		row, number := uint64(0), 0
		for b, err := range batches {
			if err != nil {
				return err
			}
			checkShape("FitMixtureBatches", "a batch", b.Rows, b.Rows.Rows, b.Rows.Cols)
			if b.Rows.Rows == 0 && b.Rows.Cols == 0 && b.Weights == nil { // a zero Batch
				number++
				continue
			}
			if cols < 0 {
				cols = b.Rows.Cols
			}
			switch {
			case cols == 0:
				return errors.New("mvn: the rows have no columns")
			case b.Rows.Cols != cols:
				return fmt.Errorf("mvn: batch %d has %d columns, the first had %d", number, b.Rows.Cols, cols)
			case b.Weights != nil && len(b.Weights) != b.Rows.Rows:
				return fmt.Errorf("mvn: there are %d weights for %d rows in batch %d", len(b.Weights), b.Rows.Rows, number)
			}
			for from := 0; from < b.Rows.Rows; {
				if c == nil {
					c = next()
					c.begin(row)
				}
				taken := take(c, b, from, sole)
				from += taken
				row += uint64(taken)
				if c.borrowed && !sole {
					borrowers = append(borrowers, c)
				}
				if c.full() {
					c = nil
					if err := full(); err != nil {
						return err
					}
				}
			}
			for _, c := range borrowers {
				c.keep()
			}
			borrowers = borrowers[:0]
			number++
		}
		if rows == 0 {
			rows = row
		}
		if row != rows {
			return fmt.Errorf("mvn: there are %d rows in this pass, there were %d in the first", row, rows)
		}
		if c != nil {
			return full()
		}
		return nil
	}
}

// begin makes the chunk one of no rows.
func (c *chunk) begin(first uint64) {
	c.first, c.x, c.weights, c.borrowed = first, relent.Matrix[float64]{}, c.weights[:0], false
}

// take adds the rows of a batch from the one given on that there is room for. They stay where they are if they are wide and fill the chunk, or
// others do not follow.
func take[F float32 | float64](c *chunk, b Batch[F], from int, sole bool) (rows int) {
	rows = min(chunkRows-c.x.Rows, b.Rows.Rows-from)
	part := b.Rows.Slice(from, from+rows)
	for i := range rows {
		weight := 1.0
		if b.Weights != nil {
			weight = b.Weights[from+i]
		}
		c.weights = append(c.weights, weight)
	}
	if x, ok := any(part).(relent.Matrix[float64]); ok && (rows == chunkRows || sole) && wide(x.Cols) == x.Cols {
		c.x, c.borrowed = x, true
		return rows
	}
	add(c, part)
	return rows
}

// add copies rows.
func add[F float32 | float64](c *chunk, rows relent.Matrix[F]) {
	if c.own.Cols != rows.Cols {
		c.own = newWide(chunkRows, rows.Cols)
	}
	before := c.x.Rows
	c.x = c.own
	c.x.Rows = before + rows.Rows
	for i := range rows.Rows {
		widen(c.x.Row(before+i), rows.Row(i))
	}
}

// keep copies the rows that are borrowed.
func (c *chunk) keep() {
	if rows := c.x; c.borrowed {
		c.x, c.borrowed = relent.Matrix[float64]{}, false
		add(c, rows)
	}
}

// pass calls work for every chunk, for several at the same time, with its place among these, and then, one after the other and in order,
// collect.
func (d *data) pass(work func(place int, c *chunk), collect func(place int, c *chunk) error) error {
	return d.inGroups(d.places(), func(group []chunk) error {
		if err := d.each(group, work); err != nil {
			return err
		}
		for i := range group {
			if err := collect(i, &group[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// places is how many chunks are worked on at the same time.
func (d *data) places() int { return parallel.Run{Workers: d.run.Workers}.Goroutines(math.MaxInt) }

// inGroups passes over the data in groups of so many chunks.
func (d *data) inGroups(size int, do func(group []chunk) error) error {
	if len(d.group) != size {
		d.group = make([]chunk, size)
	}
	group, n := d.group, 0
	do = d.told(do)
	err := d.chunks(func() *chunk { n++; return &group[n-1] }, func() error {
		if d.scale != 0 {
			scaleAll(d.scale, group[n-1].weights)
		}
		if n < len(group) {
			return nil
		}
		n = 0
		err := do(group)
		for i := range group {
			group[i].borrowed = false // nobody needs the rows any more
		}
		return err
	})
	if err == nil && n > 0 {
		err = do(group[:n])
	}
	return err
}

func scaleAll(by float64, x []float64) {
	for i := range x {
		x[i] = float64(x[i] * by)
	}
}

// told is do, which then tells of progress.
func (d *data) told(do func(group []chunk) error) func(group []chunk) error {
	return func(group []chunk) error {
		if err := do(group); err != nil || d.run.Progress == nil || d.expected == 0 {
			return err
		}
		for i := range group {
			d.done += group[i].x.Rows
		}
		d.run.Progress(min(d.done, d.expected-1), d.expected)
		return nil
	}
}

// each calls work for the chunks of a group under the run.
func (d *data) each(group []chunk, work func(place int, c *chunk)) error {
	run := parallel.Run{Workers: d.run.Workers, Context: d.run.Context}
	return parallel.Do(run, chunkJob{group, work})
}

// A chunkJob has a tile for each chunk.
type chunkJob struct {
	group []chunk
	work  func(place int, c *chunk)
}

func (j chunkJob) Size() (tiles, results int) { return len(j.group), len(j.group) }

func (j chunkJob) Tile(_ *parallel.Worker, t int) error {
	j.work(t, &j.group[t])
	return nil
}

// batches calls do for so many rows at a time, in chunks.
func (d *data) batches(rows int, do func(group []chunk) error) error {
	var group []chunk
	have := 0
	do = d.told(do)
	err := d.pass(func(int, *chunk) {}, func(_ int, c *chunk) error {
		for from := 0; from < c.x.Rows; {
			to := min(c.x.Rows, from+rows-have)
			part := chunk{first: c.first + uint64(from), x: wideClone(c.x.Slice(from, to)), weights: append([]float64(nil), c.weights[from:to]...)}
			group = append(group, part)
			have += to - from
			from = to
			if have == rows {
				if err := do(group); err != nil {
					return err
				}
				group, have = group[:0], 0
			}
		}
		return nil
	})
	if err == nil && have > 0 {
		err = do(group)
	}
	return err
}
