package kernels

// A Conversion turns numbers of a type into those of a wider one: counts into float64, rounded to the nearest, and adds a number to each;
// halves into float32, as they are.
type Conversion struct {
	Name     string // of the kernel
	From, To Type
	One      string // what converts a number in Go
}

// Conversions lists them.
var Conversions = []Conversion{
	{"convertFloat64", F64, F64, "float64"},
	{"convertFloat32", F32, F64, "float64"},
	{"convertUint32", U32, F64, "float64"},
	{"convertUint64", U64, F64, "float64"},
	{"widenFloat16", F16, F32, "ofFloat16"},
	{"widenBFloat16", BF16, F32, "ofBFloat16"},
}

// Adds tells whether a number is added.
func (c Conversion) Adds() bool { return c.To == F64 }

// Convert is the text, after what loading a number does: x and the number.
func Convert(_ *Builder, x Vec, with ...Vec) Vec { return x.Add(with[0]) }
