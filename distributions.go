package relent

import (
	"fmt"
	"math"
	"strings"
)

// A DistributionError reports a row that is, or can be made, no distribution.
type DistributionError struct {
	Row int
	Sum float64
	Err error // an [*InvalidValueError] if an element is to blame, otherwise nil
}

func (e *DistributionError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("relent: row %d: %s", e.Row, strings.TrimPrefix(e.Err.Error(), "relent: "))
	}
	return fmt.Sprintf("relent: row %d sums to %v", e.Row, e.Sum)
}

func (e *DistributionError) Unwrap() error { return e.Err }

// Normalize divides each row of x by its sum into dst, which may be x. If one is invalid or sums
// to 0, that is a [*DistributionError] and dst stays.
func Normalize[F Float](dst, x Matrix[F]) (Matrix[F], error) {
	const name = "Normalize"
	x.check(name, "x")
	if dst.Data != nil {
		dst.sized(name, "dst", x.Rows, x.Cols)
	}
	if err := validateRows(x, func(sum float64) bool { return sum > 0 }); err != nil {
		return dst, err
	}
	dst = dst.sized(name, "dst", x.Rows, x.Cols)
	b := pool.Get().(*buffers)
	rows := countRows{numbers: countsOf(x.Data), cols: x.Cols, stride: x.Stride}
	for i := range x.Rows {
		reader, to := rows.read(b, i, Strict), dst.Row(i)
		writes(to)
		for from := 0; from < x.Cols; from += chunk {
			p, _ := reader.chunkAt(from)
			for j, v := range p {
				to[from+j] = F(v / reader.total)
			}
		}
		reader.clear()
	}
	pool.Put(b)
	return dst, nil
}

// ValidateDistribution returns a [*DistributionError] with the first row of p that is no distribution, nil if there is none: elements that
// are finite and not negative, and sum to 1 within the tolerance.
func ValidateDistribution[F Float](p Matrix[F], tolerance float64) error {
	const name = "ValidateDistribution"
	if !(tolerance >= 0) {
		here.Panic(name, "the tolerance is %v", tolerance)
	}
	p.check(name, "p")
	return validateRows(p, func(sum float64) bool { return math.Abs(sum-1) <= tolerance })
}

// validateRows wants valid elements, and sums that suit.
func validateRows[F Float](x Matrix[F], suits func(sum float64) bool) error {
	b := pool.Get().(*buffers)
	defer pool.Put(b)
	rows := countRows{numbers: countsOf(x.Data), cols: x.Cols, stride: x.Stride}
	distinct := x.Rows
	if x.Cols == 0 {
		distinct = min(1, x.Rows) // rows of nothing are alike, however many
	}
	for i := range distinct {
		reader := rows.read(b, i, Strict)
		reader.clear()
		if sum := reader.total / reader.scale[0]; !reader.valid || !suits(sum) {
			return &DistributionError{Row: i, Sum: sum, Err: Validate(x.Row(i))}
		}
	}
	return nil
}
