package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/relent-go/relent"
)

type jsonFormat struct{}

func (jsonFormat) contentType() string { return "application/json" }

// decode reads {"rows": [[...], ...]}, which is JSON as RFC 8259 has it, without other members, in one pass.
func (jsonFormat) decode(body []byte, room *[]float64, cols, most int) (relent.Matrix[float64], error) {
	s := scanner{rest: body, length: len(body)}
	rows := relent.Matrix[float64]{Cols: cols, Stride: cols, Data: (*room)[:0]}
	err := s.all(&rows, most)
	*room = rows.Data
	var refused *refusal
	if err != nil && !errors.As(err, &refused) {
		err = refuse(http.StatusBadRequest, "the body is not JSON of rows: %w", err)
	}
	return rows, err
}

// A scanner reads from what is left of a body.
type scanner struct {
	rest   []byte
	length int // of the body
}

// all reads the body.
func (s *scanner) all(rows *relent.Matrix[float64], most int) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	s.space()
	key := []byte(`"rows"`)
	if !bytes.HasPrefix(s.rest, key) {
		return s.unexpected(string(key))
	}
	s.rest = s.rest[len(key):]
	if err := s.expect(':'); err != nil {
		return err
	}
	err := s.list(func() error {
		if rows.Rows == most {
			return refuse(http.StatusRequestEntityTooLarge, "there are more than %d rows, which is what is taken at most", most)
		}
		return s.row(rows)
	})
	if err != nil {
		return err
	}
	if err := s.expect('}'); err != nil {
		return err
	}
	switch s.space(); {
	case len(s.rest) > 0:
		return fmt.Errorf("there is more after the value, at byte %d", s.length-len(s.rest))
	case rows.Rows == 0:
		return refuse(http.StatusBadRequest, "there are no rows")
	}
	return nil
}

// row reads one.
func (s *scanner) row(rows *relent.Matrix[float64]) error {
	before := len(rows.Data)
	err := s.list(func() error {
		if s.space(); bytes.HasPrefix(s.rest, []byte("null")) {
			return refuse(http.StatusUnprocessableEntity, "element %d of row %d is null", len(rows.Data)-before, rows.Rows)
		}
		x, err := s.number()
		rows.Data = append(rows.Data, x)
		return err
	})
	if n := len(rows.Data) - before; err == nil && n != rows.Cols {
		return refuse(http.StatusUnprocessableEntity, "row %d has %d elements, the mixture %d columns", rows.Rows, n, rows.Cols)
	}
	rows.Rows++
	return err
}

// list reads an array of what element reads.
func (s *scanner) list(element func() error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	if s.next(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.next(']') {
			return nil
		}
		if !s.next(',') {
			return s.unexpected("',' or ']'")
		}
	}
}

// number reads one as JSON writes it, which has no leading zeros or points, and which float64 has room for.
func (s *scanner) number() (float64, error) {
	b := s.rest
	end, ok := 0, true
	if at(b, 0) == '-' {
		end++
	}
	if at(b, end) == '0' {
		end++
	} else {
		end, ok = digits(b, end)
	}
	if ok && at(b, end) == '.' {
		end, ok = digits(b, end+1)
	}
	if ok && at(b, end)|0x20 == 'e' {
		if end++; at(b, end) == '-' || at(b, end) == '+' {
			end++
		}
		end, ok = digits(b, end)
	}
	if !ok {
		return 0, s.unexpected("a number")
	}
	x, err := strconv.ParseFloat(string(b[:end]), 64)
	if err != nil {
		return 0, fmt.Errorf("%.40s at byte %d is out of range", b[:end], s.length-len(b))
	}
	s.rest = b[end:]
	return x, nil
}

// digits is where digits from a place on end, and whether there is one.
func digits(b []byte, from int) (end int, ok bool) {
	for end = from; '0' <= at(b, end) && at(b, end) <= '9'; end++ {
	}
	return end, end > from
}

// at is a byte, 0 after the last.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// space leaves out white space.
func (s *scanner) space() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\r' || s.rest[0] == '\t') {
		s.rest = s.rest[1:]
	}
}

// next leaves out a character if it is the next one.
func (s *scanner) next(c byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) expect(c byte) error {
	if !s.next(c) {
		return s.unexpected(strconv.QuoteRune(rune(c)))
	}
	return nil
}

func (s *scanner) unexpected(want string) error {
	if len(s.rest) == 0 {
		return fmt.Errorf("it ends where %s is expected", want)
	}
	return fmt.Errorf("%.20q at byte %d where %s is expected", s.rest, s.length-len(s.rest), want)
}

// encode writes {"logDensity": [...], "nearest": [...]}; what is not finite is null.
func (jsonFormat) encode(to *bytes.Buffer, s *scores) error {
	b := append(to.AvailableBuffer(), `{"logDensity":[`...)
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
	_, err := to.Write(append(b, "]}\n"...))
	return err
}
