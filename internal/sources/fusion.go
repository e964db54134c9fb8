package sources

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"slices"
)

// Fusible is the positions of additions and subtractions of floating-point numbers that a compiler may fuse with a
// multiplication, so that their results differ between architectures: one operand is a product, or a quotient by a constant power
// of two, which compilers multiply by the inverse of. An explicit conversion of the product forbids it, as the language's
// specification says.
//
// Products are followed through variables, fields of structs, parameters and results of functions of the program, as inlining
// would; a variable that holds one anywhere counts as holding one everywhere. Elements of slices and what pointers lead to are
// taken for rounded: compilers fuse only what is used nowhere else, not even stored.
func (p *Program) Fusible() []string {
	f := fusion{info: &p.info, holds: map[types.Object]bool{}}
	for f.grown = true; f.grown; {
		f.grown = false
		for _, file := range p.files {
			f.follow(file)
		}
	}
	var found []string
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil && f.fuses(n) {
				found = append(found, p.position(n))
			}
			return true
		})
	}
	slices.Sort(found)
	return found
}

func (p *Program) position(n ast.Node) string {
	at := p.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d:%d", at.Filename, at.Line, at.Column)
}

// fusion knows the variables that hold products, and the functions, or variables that hold them, that return them.
type fusion struct {
	info  *types.Info
	holds map[types.Object]bool
	grown bool // since it was last looked at
}

func (f *fusion) fuses(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return (n.Op == token.ADD || n.Op == token.SUB) && f.floating(n) && (f.product(n.X) || f.product(n.Y))
	case *ast.AssignStmt:
		return (n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN) && f.floating(n.Lhs[0]) &&
			(f.product(n.Lhs[0]) || f.product(n.Rhs[0]))
	case *ast.IncDecStmt:
		return f.floating(n.X) && f.product(n.X)
	}
	return false
}

// floating tells whether an expression is a floating-point number that is not constant, or may be one if its type is a parameter.
func (f *fusion) floating(e ast.Expr) bool {
	t := f.info.Types[e]
	if t.Type == nil {
		if id, ok := e.(*ast.Ident); ok && f.object(id) != nil {
			t.Type = f.object(id).Type()
		}
	}
	return t.Type != nil && t.Value == nil && isFloat(t.Type)
}

func isFloat(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return isFloat(t.Constraint())
	case *types.Named:
		return isFloat(t.Underlying())
	case *types.Basic:
		return t.Info()&types.IsFloat != 0
	case *types.Union:
		for term := range t.Terms() {
			if isFloat(term.Type()) {
				return true
			}
		}
	case *types.Interface:
		for e := range t.EmbeddedTypes() {
			if isFloat(e) {
				return true
			}
		}
	}
	return false
}

// product tells whether an expression may be a product that was not rounded.
func (f *fusion) product(e ast.Expr) bool {
	if !f.floating(e) {
		return false
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.product(e.X)
	case *ast.UnaryExpr:
		return f.product(e.X)
	case *ast.BinaryExpr:
		return e.Op == token.MUL || e.Op == token.QUO && f.exactInverse(e.Y)
	case *ast.CallExpr:
		return f.holds[f.object(e.Fun)]
	default:
		return f.holds[f.object(e)]
	}
}

// exactInverse tells whether an expression is a constant power of two, by which compilers divide by multiplying.
func (f *fusion) exactInverse(e ast.Expr) bool {
	v := f.info.Types[e].Value
	if v == nil {
		return false
	}
	x, _ := constant.Float64Val(constant.ToFloat(v))
	m, _ := math.Frexp(math.Abs(x))
	return m == 0.5
}

// object is the variable, field or function that an expression names, or nil: what is declared, not an instance of it.
func (f *fusion) object(e ast.Expr) types.Object {
	var id *ast.Ident
	switch e := e.(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	case *ast.ParenExpr:
		return f.object(e.X)
	case *ast.IndexExpr: // an instance of a function, unless it is an element
		if f.info.Types[e.Index].IsType() {
			return f.object(e.X)
		}
		return nil
	case *ast.IndexListExpr:
		return f.object(e.X)
	default:
		return nil
	}
	o := f.info.Uses[id]
	if o == nil {
		o = f.info.Defs[id]
	}
	switch o := o.(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o.Origin()
	}
	return nil
}

// follow marks what a file stores products in, and the functions that return them.
func (f *fusion) follow(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			f.assign(n)
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if len(n.Values) == len(n.Names) {
					f.store(f.object(name), n.Values[i])
				}
			}
		case *ast.CompositeLit:
			f.literal(n)
		case *ast.CallExpr:
			f.call(n)
		case *ast.FuncDecl:
			if n.Body != nil {
				f.function(f.object(n.Name), n.Type, n.Body)
			}
		}
		return true
	})
}

func (f *fusion) assign(n *ast.AssignStmt) {
	for i, to := range n.Lhs {
		switch n.Tok {
		case token.ASSIGN, token.DEFINE:
			if len(n.Rhs) == len(n.Lhs) {
				f.store(f.object(to), n.Rhs[i])
			} else if call, ok := n.Rhs[0].(*ast.CallExpr); ok && f.floating(to) && f.holds[f.object(call.Fun)] {
				f.mark(f.object(to)) // any of several results
			}
		case token.MUL_ASSIGN:
			if f.floating(to) {
				f.mark(f.object(to))
			}
		case token.QUO_ASSIGN:
			if f.floating(to) && f.exactInverse(n.Rhs[i]) {
				f.mark(f.object(to))
			}
		}
	}
}

// store marks what a product, or a function that returns one, is stored in.
func (f *fusion) store(to types.Object, e ast.Expr) {
	if literal, ok := e.(*ast.FuncLit); ok {
		f.function(to, literal.Type, literal.Body)
	} else if f.product(e) || isFunction(f.info.Types[e].Type) && f.holds[f.object(e)] {
		f.mark(to)
	}
}

func isFunction(t types.Type) bool {
	_, ok := t.(*types.Signature)
	return ok
}

func (f *fusion) mark(o types.Object) {
	if o != nil && !f.holds[o] {
		f.holds[o], f.grown = true, true
	}
}

func (f *fusion) literal(n *ast.CompositeLit) {
	t := f.info.Types[n].Type.Underlying()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	s, ok := t.(*types.Struct)
	if !ok {
		return
	}
	for i, e := range n.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			f.store(f.object(pair.Key), pair.Value)
		} else {
			f.store(s.Field(i).Origin(), e)
		}
	}
}

// call marks the parameters that arguments are passed to.
func (f *fusion) call(n *ast.CallExpr) {
	var s *types.Signature
	if callee, ok := f.object(n.Fun).(*types.Func); ok {
		s = callee.Signature()
	} else if s, ok = f.info.Types[n.Fun].Type.(*types.Signature); !ok {
		return
	}
	for i, argument := range n.Args {
		if i < s.Params().Len() {
			f.store(s.Params().At(i), argument)
		}
	}
}

// function marks a function if it returns a product.
func (f *fusion) function(o types.Object, t *ast.FuncType, body *ast.BlockStmt) {
	var named []*ast.Ident
	if t.Results != nil {
		for _, r := range t.Results.List {
			named = append(named, r.Names...)
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				if f.product(e) {
					f.mark(o)
				}
			}
			if len(n.Results) == 0 && slices.ContainsFunc(named, func(r *ast.Ident) bool { return f.holds[f.object(r)] }) {
				f.mark(o)
			}
		}
		return true
	})
}
