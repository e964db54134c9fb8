package kernels

import "strings"

// A Conversion turns counts of a type into float64, rounded to the nearest, and adds a number to each.
type Conversion struct{ From Type }

// Conversions lists them.
var Conversions = []Conversion{{F64}, {F32}, {U32}, {U64}}

// Name is the kernel's.
func (c Conversion) Name() string {
	return "convert" + strings.ToUpper(c.From.Go()[:1]) + c.From.Go()[1:]
}

// Convert is the text, after what loading a count does: x and the number.
func Convert(_ *Builder, x Vec, with ...Vec) Vec { return x.Add(with[0]) }
