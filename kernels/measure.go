package kernels

// A Measure is what users choose as a value. All that the library asks of a measure stands in its declaration, beside the kernel that
// its sum comes from: what is not declared is refused, by name.
type Measure struct {
	// Number is the value of the constant. It stands in no message between machines, where the name does, but in users' data perhaps:
	// it is never given to another measure.
	Number int
	Func   string // the exported function that the constant, Measure and its name, is the value of

	Symmetric bool    // in p and q, to the bit
	Degree    float64 // c·p and c·q have the measure c**Degree times as large; 0 if that does not hold
	Value     string  // the function's, as a Go expression of sum; "" for sum
	SumDegree float64 // as Degree, of the sum, if that is not 1
	Rows      string  // the Go function that sets those of rows, where one sum is not enough: of Bhattacharyya

	Gradient *Kernel // of the derivatives; nil: there are none
	Formula  string  // of these, of distances with d for the distance
	Factor   string  // what those are multiplied by, if the kernel takes one, a Go expression of value and of p and q; 0 clears them

	Shares *Shares // what it is of the shares of counts; nil: it is not a measure of shares
	Bound  *Bound  // what it is at least, for an index; nil: an index computes it for every row
}

// Shares says how a measure of the shares of counts is computed, see counts.go here and in package relent.
type Shares struct {
	Form   ShareForm
	Sum    string // the reduction of which there are texts for shares, where the form is OfDifferences
	Zeros  string // the reduction that tells which zeros its quick text for zeros is not right for; "" if there is none
	Second Second
	Finish Finish
}

// A ShareForm is what a measure looks at.
type ShareForm string

const (
	OfOne         ShareForm = "shareOfOne"         // the entropy
	OfLogarithms  ShareForm = "shareOfLogarithms"  // the cross-entropy
	OfDifferences ShareForm = "shareOfDifferences" // 0 where shares are the same
)

// Second is what the second number of a quick text is, besides the ratio of the totals, or what is divided by the ratio.
type Second string

const (
	NoSecond   Second = "secondNone"
	SecondRest Second = "secondRest" // what the rounded ratio lacks
	SecondRoot Second = "secondRoot" // twice the root of the ratio
	PerRatio   Second = "secondPerRatio"
)

// Finish is what makes the measure of the sum, where that is the sum of another one.
type Finish string

const (
	FinishValue       Finish = "finishValue"       // as for vectors
	FinishExcess      Finish = "finishExcess"      // KullbackLeibler of GeneralizedKullbackLeibler
	FinishCoefficient Finish = "finishCoefficient" // Bhattacharyya of the squared Hellinger distance
)

// A Bound says what a measure is at least, see nearest_bound.go in package relent.
type Bound struct {
	Slope      string // how many times S = Σ (√p-√q)², a Go expression, apart from a part of the sums and of the query
	Logarithms bool   // sketches of logarithms are nearer to it than those of roots
	Root       bool   // of a sum that Slope is of
	Part       BoundPart
}

// A BoundPart is what the measure is more than Slope·S.
type BoundPart string

const (
	NoPart          BoundPart = "boundNothing"
	PartNegative    BoundPart = "boundNegativeTerms" // terms below 0, together at least -Σq
	PartSums        BoundPart = "boundSums"          // the row's sum less the query's
	PartCrossed     BoundPart = "boundEntropy"       // the query's entropy
	PartBinary      BoundPart = "boundBinaryEntropy" // the query's
	PartCoefficient BoundPart = "boundCoefficient"   // -log (Σp + Σq - S)/2
)

// Name is that of the constant.
func (m Measure) Name() string { return "Measure" + m.Func }
