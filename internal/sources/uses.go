package sources

import (
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Uses is where the program uses what packages export whose paths begin with prefix: positions by name, as math.Sqrt or
// mat.Dense.Mul. Types and constants are left out: they compute nothing.
func (p *Program) Uses(prefix string) map[string][]string {
	uses := map[string][]string{}
	for id, o := range p.info.Uses {
		if o.Pkg() == nil || !strings.HasPrefix(o.Pkg().Path(), prefix) {
			continue
		}
		switch o.(type) {
		case *types.Func, *types.Var:
			name := o.Pkg().Name() + "." + member(o)
			uses[name] = append(uses[name], p.position(id))
		}
	}
	for name := range maps.Keys(uses) {
		slices.Sort(uses[name])
	}
	return uses
}

// member is the name of an object within its package: of a method with that of its type.
func member(o types.Object) string {
	f, ok := o.(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return o.Name()
	}
	t := f.Signature().Recv().Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name() + "." + o.Name()
	}
	return o.Name()
}
