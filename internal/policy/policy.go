// Package policy has what a relent.ZeroPolicy is, for package relent and those that look into one.
package policy

// Zeros has the fields of relent.ZeroPolicy, which converts to it. The zero value is Strict.
type Zeros struct {
	kind   Kind
	amount float64
}

// A Kind is that of a policy.
type Kind uint8

// The kinds, as package relent explains them.
const (
	Strict Kind = iota
	Skip
	Additive
	Floor
)

// New is the policy of a kind, with the number that is added, or the floor.
func New(kind Kind, amount float64) Zeros { return Zeros{kind, amount} }

// Kind is that of z.
func (z Zeros) Kind() Kind { return z.kind }

// Amount is the number that is added, or the floor.
func (z Zeros) Amount() float64 { return z.amount }
