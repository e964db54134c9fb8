package shape

import (
	"fmt"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// A Walk is the signature of a kernel that walks over rows. Its integers count elements, rows and panels.
type Walk struct {
	Name     string
	Pointers []string
	Integers []string
	Result   bool // an integer
}

// TransposeWalk packs rows into panels.
var TransposeWalk = Walk{"transpose", []string{"panel", "x"}, []string{"stride", "width", "span", "panels"}, false}

// DeviationWalk is of a diagonal factor.
var DeviationWalk = Walk{"sqDeviations", []string{"dst", "x", "model"}, []string{"stride", "fetch", "dim", "back", "panels"}, true}

// AffineWalk scales and shifts.
var AffineWalk = Walk{"affine", []string{"dst", "x", "model"}, []string{"panels"}, false}

// BetweenWalk is of squared distances from centres.
var BetweenWalk = Walk{"squareDistances", []string{"dst", "panel", "centers"}, []string{"span", "pitch", "dim", "rows", "block"}, false}

var peakWalk = Walk{"fma", []string{"sink"}, []string{"n"}, false}

// TileWalk is of a packed factor.
func TileWalk(k kernels.Tile) Walk {
	if k.Solve {
		return Walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "ahead", "factor", "mean", "x"},
			[]string{"span", "stride", "width", "fetch", "from", "to", "groups", "flush", "turn", "more"}, false}
	}
	return Walk{k.Name, []string{"sums", "excesses", "blocks", "panel", "factor", "mean"}, []string{"span", "from", "to", "groups", "out", "flush", "turn", "more"}, false}
}

// UnrolledWalk is the kernel for rows of so many columns.
func UnrolledWalk(dim int) Walk {
	return Walk{fmt.Sprintf("sqMahalanobis%d_", dim), []string{"dst", "x", "model", "panel"}, []string{"stride", "panels"}, true}
}

// Signature is that of a function of a type of arrays.
func (k Walk) Signature(array string) isa.Signature {
	return isa.Signature{Groups: []isa.Group{{Names: k.Pointers, Type: array}, {Names: k.Integers, Type: "int"}}, Result: k.Result}
}

// Walks lists the kernels of packed factors that every target has.
func Walks() []Walk {
	list := []Walk{TransposeWalk, DeviationWalk, AffineWalk, BetweenWalk}
	for _, k := range kernels.Tiles {
		list = append(list, TileWalk(k))
	}
	return list
}

// UnrolledDims are the columns for which a target has kernels whose panels stay in registers.
func UnrolledDims(inf *isa.Info, t kernels.Type) (dims []int) {
	for dim := 16 / t.Bytes(); dim <= inf.Unrolled; dim++ {
		dims = append(dims, dim)
	}
	return dims
}
