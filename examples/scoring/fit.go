package main

import (
	"encoding"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/relent-go/relent"
	"github.com/relent-go/relent/drift"
	"github.com/relent-go/relent/mvn"
	"gonum.org/v1/gonum/mat"
)

// fit makes a mixture and a reference of the rows of a file, whose first line and last column, names and labels, it leaves out.
func fit(file string, components int, model, reference string) error {
	x, err := readNumbers(file)
	if err != nil {
		return err
	}
	mixture, _, err := mvn.FitMixture(x, components, mvn.MixtureOptions{Structure: mvn.FullCovariance, Starts: 5, Seed: 1}, relent.Run{})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	ref, err := drift.NewReference(relent.Matrix[float64](x.RawMatrix()), 10, nil, relent.Run{})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return errors.Join(store(model, mixture), store(reference, ref))
}

func store(file string, from encoding.BinaryMarshaler) error {
	data, err := from.MarshalBinary()
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

func readNumbers(file string) (*mat.Dense, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1 // the first line may have others
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(lines) < 2 || len(lines[1]) < 2 {
		return nil, fmt.Errorf("%s has no rows", file)
	}
	lines = lines[1:]
	x := mat.NewDense(len(lines), len(lines[0])-1, nil)
	for i, line := range lines {
		if len(line) != len(lines[0]) {
			return nil, fmt.Errorf("%s: row %d has %d fields, the first one %d", file, i, len(line), len(lines[0]))
		}
		for j := range line[:len(line)-1] {
			v, err := strconv.ParseFloat(line[j], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: row %d, column %d: %w", file, i, j, err)
			}
			x.Set(i, j, v)
		}
	}
	return x, nil
}
