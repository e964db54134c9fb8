package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/relent-go/relent"
)

type jsonFormat struct{}

func (jsonFormat) contentType() string { return "application/json" }

// decode reads {"rows": [[...], ...]}.
func (jsonFormat) decode(body []byte, cols, most int) (relent.Matrix[float64], error) {
	var request struct {
		Rows [][]*float64 `json:"rows"` // nil of null
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(&request)
	if _, more := d.Token(); err == nil && more != io.EOF {
		err = errors.New("there is more after the value")
	}
	none := relent.Matrix[float64]{}
	switch {
	case err != nil:
		return none, refuse(http.StatusBadRequest, "the body is not JSON of rows: %w", err)
	case len(request.Rows) == 0:
		return none, refuse(http.StatusBadRequest, "there are no rows")
	case len(request.Rows) > most:
		return none, refuse(http.StatusRequestEntityTooLarge, "there are %d rows, at most %d are taken", len(request.Rows), most)
	}
	for i, row := range request.Rows {
		if len(row) != cols {
			return none, refuse(http.StatusUnprocessableEntity, "row %d has %d elements, the mixture %d columns", i, len(row), cols)
		}
		if j := slices.Index(row, nil); j >= 0 {
			return none, refuse(http.StatusUnprocessableEntity, "element %d of row %d is null", j, i)
		}
	}
	m := relent.NewMatrix[float64](len(request.Rows), cols)
	for i, row := range request.Rows {
		for j, x := range row {
			m.Row(i)[j] = *x
		}
	}
	return m, nil
}

// encode writes {"logDensity": [...], "nearest": [...]}; what is not finite is null.
func (jsonFormat) encode(w io.Writer, s scores) error {
	b := append(make([]byte, 0, 32+32*len(s.nearest)), `{"logDensity":[`...)
	for i, v := range s.logDensity {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsInf(v, 0) || math.IsNaN(v) {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		}
	}
	b = append(b, `],"nearest":[`...)
	for i, k := range s.nearest {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(k), 10)
	}
	_, err := w.Write(append(b, "]}\n"...))
	return err
}
