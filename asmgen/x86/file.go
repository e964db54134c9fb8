package x86

import (
	"reflect"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/relent-go/relent/asmgen/isa"
	"github.com/relent-go/relent/kernels"
)

// File collects the functions of an assembly file.
type File struct {
	functions []*isa.Function
	ctx       *build.Context
	symbols   map[string]operand.Mem
}

// A param is a parameter as an operand, a datum a read-only constant.
type (
	param string
	datum struct {
		name   string
		t      kernels.Type
		values []uint64
		offset int
	}
)

// Print compiles the file to assembly.
func (f *File) Print(pkg string) ([]byte, error) {
	f.ctx, f.symbols = build.NewContext(), map[string]operand.Mem{}
	f.ctx.ConstraintExpr("!purego")
	for _, function := range f.functions {
		f.function(function)
	}
	file, err := f.ctx.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	constantsFirst(file)
	return printer.NewGoAsm(printer.Config{Name: "asmgen", Pkg: pkg}).Print(file)
}

// constantsFirst puts them in the order of their names, for the text of the functions to be the same whichever uses one first.
func constantsFirst(file *ir.File) {
	key := func(s ir.Section) string {
		if g, ok := s.(*ir.Global); ok {
			return g.Symbol.Name
		}
		return "~" // after all names
	}
	slices.SortStableFunc(file.Sections, func(a, b ir.Section) int { return strings.Compare(key(a), key(b)) })
}

// function hands a function over to avo. The frame is aligned to a vector, for no slot to cross a cache line.
func (f *File) function(function *isa.Function) {
	f.ctx.Function(function.Name)
	size := function.Slots * function.SlotBytes
	if size <= isa.MaxNosplit {
		f.ctx.Attributes(attr.NOSPLIT)
	}
	f.ctx.Pragma("noescape")
	f.ctx.SignatureExpr("func" + function.Signature.String())
	if align := function.SlotBytes; size > 0 {
		if function.Scalars > slices.Index(scalarRegs, frameBase) {
			panic(function.Name + " has no register for its frame")
		}
		frame := f.ctx.AllocLocal(size + align)
		f.ctx.LEAQ(frame.Offset(align-1), frameBase)
		f.ctx.ANDQ(operand.I32(-int32(align)), frameBase)
	}
	for _, in := range function.Code {
		if in.Label != "" {
			f.ctx.Label(in.Label)
			continue
		}
		method := reflect.ValueOf(f.ctx).MethodByName(in.Name)
		if !method.IsValid() {
			panic("no instruction " + in.Name)
		}
		args := make([]reflect.Value, len(in.Operands))
		for i, op := range in.Operands {
			args[i] = reflect.ValueOf(f.operand(op))
		}
		method.Call(args)
	}
}

func (f *File) operand(op any) operand.Op {
	switch op := op.(type) {
	case param:
		return f.parameter(string(op))
	case datum:
		return f.datum(op)
	}
	return op.(operand.Op)
}

func (f *File) parameter(name string) operand.Mem {
	component := f.ctx.Param(name)
	if name == "ret" {
		component = f.ctx.ReturnIndex(0)
	}
	m, err := component.Resolve()
	if err != nil {
		panic(err)
	}
	return m.Addr
}

func (f *File) datum(d datum) operand.Mem {
	m, ok := f.symbols[d.name]
	if !ok {
		m = f.ctx.StaticGlobal(d.name)
		f.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for _, bits := range d.values {
			if d.t == kernels.F64 {
				f.ctx.AppendDatum(operand.U64(bits))
			} else {
				f.ctx.AppendDatum(operand.U32(bits))
			}
		}
		f.symbols[d.name] = m
	}
	return m.Offset(d.offset)
}
