package arm64

import (
	"fmt"
	"strings"
)

// A form is how the operands of an encoded instruction are written; %[1]d is the destination, %[2]d and %[3]d the sources,
// %[4]d the lane of the last one.
type form string

const (
	sameD    form = "v%[1]d.2d, v%[2]d.2d, v%[3]d.2d"
	sameS    form = "v%[1]d.4s, v%[2]d.4s, v%[3]d.4s"
	laneD    form = "v%[1]d.2d, v%[2]d.2d, v%[3]d.d[%[4]d]"
	laneS    form = "v%[1]d.4s, v%[2]d.4s, v%[3]d.s[%[4]d]"
	unaryD   form = "v%[1]d.2d, v%[2]d.2d"
	unaryS   form = "v%[1]d.4s, v%[2]d.4s"
	widen    form = "v%[1]d.2d, v%[2]d.2s"
	widenTop form = "v%[1]d.2d, v%[2]d.4s"
	widenH   form = "v%[1]d.4s, v%[2]d.4h"
	shiftH   form = "v%[1]d.4s, v%[2]d.4h, #16"
	narrow   form = "v%[1]d.2s, v%[2]d.2d"
	wideD    form = "v%[1]d.2d, v%[2]d.2s, v%[3]d.s[0]"
	pairD    form = "d%[1]d, v%[2]d.2d"
	acrossS  form = "s%[1]d, v%[2]d.4s"
)

// laneFields are the field of each lane: bit 11, below which float32 has bit 21.
var laneFields = map[form][]uint32{laneD: {0, 1 << 11}, laneS: {0, 1 << 21, 1 << 11, 1<<11 | 1<<21}}

// operands is how many numbers a form has.
func (f form) operands() int { return strings.Count(string(f), "%") }

// encodings are the vector instructions that Go's assembler lacks, with all register and lane fields 0.
var encodings = map[string]map[form]uint32{
	"fadd":   {sameD: 0x4E60D400, sameS: 0x4E20D400},
	"fsub":   {sameD: 0x4EE0D400, sameS: 0x4EA0D400},
	"fmul":   {sameD: 0x6E60DC00, sameS: 0x6E20DC00, laneD: 0x4FC09000, laneS: 0x4F809000},
	"fmla":   {laneD: 0x4FC01000, laneS: 0x4F801000},
	"fmls":   {laneD: 0x4FC05000, laneS: 0x4F805000},
	"fdiv":   {sameD: 0x6E60FC00, sameS: 0x6E20FC00},
	"fmax":   {sameD: 0x4E60F400, sameS: 0x4E20F400},
	"fmaxnm": {sameD: 0x4E60C400, sameS: 0x4E20C400},
	"fmin":   {sameD: 0x4EE0F400, sameS: 0x4EA0F400},
	"fcmeq":  {sameD: 0x4E60E400, sameS: 0x4E20E400},
	"fcmge":  {sameD: 0x6E60E400, sameS: 0x6E20E400},
	"fcmgt":  {sameD: 0x6EE0E400, sameS: 0x6EA0E400},
	"fabs":   {unaryD: 0x4EE0F800, unaryS: 0x4EA0F800},
	"fsqrt":  {unaryD: 0x6EE1F800, unaryS: 0x6EA1F800},
	"scvtf":  {unaryD: 0x4E61D800, unaryS: 0x4E21D800},
	"ucvtf":  {unaryD: 0x6E61D800},
	"smin":   {sameS: 0x4EA06C00},
	"fcvtl":  {widen: 0x0E617800, widenH: 0x0E217800},
	"fcvtl2": {widenTop: 0x4E617800},
	"shll":   {shiftH: 0x2E613800},
	"fcvtn":  {narrow: 0x0E616800},
	"faddp":  {pairD: 0x7E70D800},
	"xtn":    {narrow: 0x0EA12800},
	"umull":  {wideD: 0x2F80A000},
	"umax":   {sameS: 0x6EA06400},
	"umaxv":  {acrossS: 0x6EB0A800},
}

// encode is an instruction as a WORD, with what the word means as the comment. The destination comes first, as in Arm's
// own notation.
func encode(mnemonic string, f form, operands ...int) string {
	word, ok := encodings[mnemonic][f]
	if !ok || len(operands) != f.operands() {
		panic("no encoding of " + mnemonic + " " + string(f))
	}
	args := make([]any, len(operands))
	for i, x := range operands {
		args[i] = x
		if i == 3 {
			word |= laneFields[f][x]
			break
		}
		if x < 0 || x > 31 {
			panic("no such vector register")
		}
		word |= uint32(x) << [...]int{0, 5, 16}[i]
	}
	return fmt.Sprintf("WORD $%#08x // %s %s", word, mnemonic, fmt.Sprintf(string(f), args...))
}

// Encodings are all instructions of the table, for its test, with registers and lanes that tell the fields apart.
func Encodings() (list []string) {
	for mnemonic, forms := range encodings {
		for f := range forms {
			for lane := range max(len(laneFields[f]), 1) {
				list = append(list, encode(mnemonic, f, []int{1, 18, 31, lane}[:f.operands()]...))
			}
		}
	}
	return list
}
