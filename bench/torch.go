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

// reportTorch prints our times of losses of float32 beside PyTorch's, which take turns.
func reportTorch(to page) (err error) {
	defer use(relent.ISA())
	use(fastISAs()[0])
	t, err := startTorch()
	if err != nil {
		return err
	}
	if t == nil {
		to.paragraph("PyTorch is not installed here (Debian's python3-torch), and left out.")
		return nil
	}
	defer func() {
		if stopped := t.stop(); err == nil {
			err = stopped
		}
	}()
	to.paragraph("Beside PyTorch, float32, one thread each, in turns: nanoseconds a logit, and how many times as long PyTorch takes.")
	header := []string{"loss"}
	var rows [][]string
	for i, shape := range lossShapes {
		progress("losses beside PyTorch, %d×%d", shape[0], shape[1])
		header = append(header, fmt.Sprintf("%d×%d", shape[0], shape[1]), "PyTorch", "times")
		row := 0
		for _, c := range newLogits[float32](shape[0], shape[1]).calls() {
			ours, theirs, err := t.turns(c, shape)
			if err != nil {
				return err
			}
			if theirs != theirs {
				continue
			}
			if i == 0 {
				rows = append(rows, []string{c.name})
			}
			logits := float64(shape[0] * shape[1])
			rows[row] = append(rows[row], digits3(ours/logits), digits3(theirs/logits), digits3(theirs/ours))
			row++
		}
	}
	to.table(1, header, rows)
	return nil
}

// turns are the fewest nanoseconds of each, of several turns.
func (t *torch) turns(c lossCall, shape [2]int) (ours, theirs float64, err error) {
	ours, theirs = math.Inf(1), math.Inf(1)
	for range 3 {
		ours = min(ours, nanosecondsOf(c.call))
		ns, err := t.nanoseconds(c.name, shape)
		if err != nil {
			return 0, 0, err
		}
		theirs = min(theirs, ns) // NaN, if it is
	}
	return ours, theirs, nil
}
