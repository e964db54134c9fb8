package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os/exec"

	"github.com/relent-go/relent"
)

//go:embed losses.py
var torchScript string

// A torch is a PyTorch that times its losses when it is asked.
type torch struct {
	command *exec.Cmd
	ask     *json.Encoder
	answer  *json.Decoder
	close   io.Closer
}

// startTorch is nil where PyTorch is not installed.
func startTorch() (*torch, error) {
	command := pythonWith("torch", torchScript)
	if command == nil {
		return nil, nil
	}
	ask, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	answer, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &torch{command, json.NewEncoder(ask), json.NewDecoder(answer), ask}, command.Start()
}

func (t *torch) stop() error {
	t.close.Close()
	return t.command.Wait()
}

// nanoseconds are the fewest that a call took; NaN for what it has not got.
func (t *torch) nanoseconds(loss string, shape [2]int) (float64, error) {
	var seconds *float64
	if err := t.ask.Encode(map[string]any{"loss": loss, "rows": shape[0], "cols": shape[1]}); err != nil {
		return 0, fmt.Errorf("PyTorch: %w", err)
	}
	if err := t.answer.Decode(&seconds); err != nil {
		return 0, fmt.Errorf("PyTorch: %s of %d×%d: %w", loss, shape[0], shape[1], err)
	}
	if seconds == nil {
		return math.NaN(), nil
	}
	return *seconds * 1e9, nil
}

// A rivalry is the fewest nanoseconds of ours and of theirs, of a loss of rows of a shape.
type rivalry struct{ ours, theirs float64 }

// reportTorch prints our times of losses of float32 beside PyTorch's, which take turns, in some processes after each other.
func reportTorch(to page) error {
	const processes = 3
	defer use(relent.ISA())
	use(fastISAs()[0])
	var names []string
	best := map[string][]rivalry{} // by name, of each shape
	for range processes {
		t, err := startTorch()
		if err != nil {
			return err
		}
		if t == nil {
			to.paragraph("PyTorch is not installed here (Debian's python3-torch), and left out.")
			return nil
		}
		names, err = t.compete(best)
		if stopped := t.stop(); err == nil {
			err = stopped
		}
		if err != nil {
			return err
		}
	}
	to.paragraph("Beside PyTorch, float32, one thread each, in turns: nanoseconds a logit, and how many times as long PyTorch takes.")
	header := []string{"loss"}
	for _, shape := range lossShapes {
		header = append(header, fmt.Sprintf("%d×%d", shape[0], shape[1]), "PyTorch", "times")
	}
	var rows [][]string
	for _, name := range names {
		row := []string{name}
		for i, shape := range lossShapes {
			r, logits := best[name][i], float64(shape[0]*shape[1])
			row = append(row, digits3(r.ours/logits), digits3(r.theirs/logits), digits3(r.theirs/r.ours))
		}
		rows = append(rows, row)
	}
	to.table(1, header, rows)
	return nil
}

// compete has the names of the losses that PyTorch has, in our order, and improves on the best.
func (t *torch) compete(best map[string][]rivalry) (names []string, err error) {
	for i, shape := range lossShapes {
		progress("losses beside PyTorch, %d×%d", shape[0], shape[1])
		names = names[:0]
		for _, c := range newLogits[float32](shape[0], shape[1]).calls() {
			theirs, err := t.nanoseconds(c.name, shape)
			if err != nil {
				return nil, err
			}
			if theirs != theirs {
				continue
			}
			names = append(names, c.name)
			ours := nanosecondsOf(c.call)
			if len(best[c.name]) == i {
				best[c.name] = append(best[c.name], rivalry{ours, theirs})
			}
			r := &best[c.name][i]
			*r = rivalry{min(r.ours, ours), min(r.theirs, theirs)}
		}
	}
	return names, nil
}
