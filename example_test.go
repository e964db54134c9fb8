package relent_test

import (
	"fmt"

	"github.com/relent-go/relent"
)

var (
	observed = []float64{0.5, 0.25, 0.125, 0.125}
	expected = []float64{0.25, 0.25, 0.25, 0.25}
)

func ExampleKullbackLeibler() {
	nats := relent.KullbackLeibler(observed, expected)
	fmt.Printf("%.6f nats, %.6f bits\n", nats, nats*relent.BitsPerNat)
	// Output: 0.173287 nats, 0.250000 bits
}

func ExampleKullbackLeibler_float32() {
	p, q := []float32{0.5, 0.5}, []float32{0.25, 0.75}
	fmt.Printf("%.6f\n", relent.KullbackLeibler(p, q))
	// Output: 0.143841
}

func ExampleGeneralizedKullbackLeibler() {
	counts, rates := []float64{3, 0, 7}, []float64{2.5, 0.5, 6}
	fmt.Printf("%.6f\n", relent.GeneralizedKullbackLeibler(counts, rates))
	// Output: 0.626019
}

func ExampleEntropy() {
	fmt.Printf("%.4f bits\n", relent.Entropy(observed)*relent.BitsPerNat)
	// Output: 1.7500 bits
}

func ExampleCrossEntropy() {
	fmt.Printf("%.4f bits\n", relent.CrossEntropy(observed, expected)*relent.BitsPerNat)
	// Output: 2.0000 bits
}

func ExampleJensenShannon() {
	apart := relent.JensenShannon([]float64{1, 0}, []float64{0, 1})
	fmt.Printf("%.6f\n", apart)
	// Output: 0.693147
}

func ExampleJensenShannonDistance() {
	fmt.Printf("%.6f\n", relent.JensenShannonDistance(observed, expected))
	// Output: 0.206094
}

// The population stability index of a score: the shares of its bins then and now.
func ExampleJeffreys() {
	then := []float64{0.10, 0.20, 0.40, 0.20, 0.10}
	now := []float64{0.08, 0.18, 0.38, 0.22, 0.14}
	fmt.Printf("PSI %.4f\n", relent.Jeffreys(now, then))
	// Output: PSI 0.0230
}

func ExampleHellinger() {
	fmt.Printf("%.6f\n", relent.Hellinger(observed, expected))
	// Output: 0.207107
}

func ExampleBinaryCrossEntropy() {
	labels, predicted := []float64{1, 0, 1}, []float64{0.9, 0.2, 0.6}
	fmt.Printf("%.6f a label\n", relent.BinaryCrossEntropy(labels, predicted)/3)
	// Output: 0.279777 a label
}

func ExampleKullbackLeiblerTerms() {
	terms := make([]float64, len(observed))
	for _, term := range relent.KullbackLeiblerTerms(terms, observed, expected) {
		fmt.Printf("%.4f ", term)
	}
	// Output: 0.3466 0.0000 -0.0866 -0.0866
}

// Heights and weights, of which L is the Cholesky factor of the covariance: L·Lᵀ is [100 60; 60 100].
var (
	average = []float64{170, 70} // cm, kg
	spread  = relent.NewMatrix[float64](2, 2, 10, 0, 6, 8)
	people  = relent.NewMatrix[float64](3, 2,
		180, 76,
		180, 64,
		170, 70,
	)
)

func ExampleFactor() {
	factor, err := relent.NewFactor(average, spread)
	if err != nil {
		panic(err)
	}
	distances, _ := factor.SqMahalanobis(nil, people, relent.Run{})
	fmt.Println(distances)
	// Output: [1 3.25 0]
}

func ExampleFactor_Whiten() {
	factor, err := relent.NewFactor(average, spread)
	if err != nil {
		panic(err)
	}
	z, _ := factor.Whiten(relent.Matrix[float64]{}, people, relent.Run{})
	for i := range z.Rows {
		fmt.Println(z.Row(i))
	}
	// Output:
	// [1 0]
	// [1 -1.5]
	// [0 0]
}

// Two groups with covariances of their own: a row of distances for each.
func ExampleTogether() {
	narrow, _ := relent.NewDiagonalFactor([]float64{170, 70}, []float64{5, 5})
	wide, _ := relent.NewDiagonalFactor([]float64{180, 60}, []float64{10, 20})
	distances, err := relent.Together(narrow, wide).SqMahalanobis(relent.Matrix[float64]{}, people, relent.Run{})
	if err != nil {
		panic(err)
	}
	for i := range people.Rows {
		fmt.Printf("%.2f %.2f\n", distances.Row(0)[i], distances.Row(1)[i])
	}
	// Output:
	// 5.44 0.64
	// 5.44 0.04
	// 0.00 1.25
}

func ExampleFactor_SqMahalanobisOne() {
	factor, err := relent.NewFactor(average, spread)
	if err != nil {
		panic(err)
	}
	fmt.Println(factor.SqMahalanobisOne([]float64{180, 70}))
	// Output:
	// 1.5625
}

// The centers of two groups that share a covariance: a row of distances for each.
func ExampleCenters() {
	factor, err := relent.NewFactor(average, spread)
	if err != nil {
		panic(err)
	}
	centers := factor.Centers(relent.NewMatrix[float64](2, 2,
		170, 70,
		180, 60,
	))
	distances, _ := centers.SqMahalanobis(relent.Matrix[float64]{}, people, relent.Run{})
	for i := range people.Rows {
		fmt.Printf("%.2f %.2f\n", distances.Row(0)[i], distances.Row(1)[i])
	}
	// Output:
	// 1.00 4.00
	// 3.25 0.25
	// 0.00 5.00
}

func ExampleValidate() {
	fmt.Println(relent.Validate([]float64{0.5, -0.1, 0.6}))
	// Output: relent: element 1 is negative: -0.1
}

// Rows of topics, as of documents.
var topics = relent.NewMatrix(3, 3,
	0.7, 0.2, 0.1,
	0.1, 0.1, 0.8,
	0.6, 0.3, 0.1,
)

func ExampleRowByRow() {
	later := relent.NewMatrix(3, 3,
		0.7, 0.2, 0.1,
		0.2, 0.1, 0.7,
		0.3, 0.3, 0.4,
	)
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureKullbackLeibler, later, topics))
	query := relent.Vector[float64]{0.65, 0.25, 0.10}
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureJensenShannon, query, topics)) // one to many
	fmt.Printf("%.4f\n", relent.RowByRow(nil, relent.MeasureJeffreys, topics, query))      // many to one
	// Output:
	// [0.0000 0.0452 0.3466]
	// [0.0019 0.2842 0.0016]
	// [0.0149 2.6225 0.0131]
}

func ExampleManyToMany() {
	queries := relent.NewMatrix(2, 3,
		0.65, 0.25, 0.10,
		0.10, 0.20, 0.70,
	)
	distances := relent.ManyToMany(relent.Matrix[float64]{}, relent.MeasureTotalVariation, queries, topics)
	for i := range queries.Rows {
		fmt.Printf("%.2f\n", distances.Row(i))
	}
	// Output:
	// [0.05 0.70 0.05]
	// [0.60 0.10 0.60]
}

func ExampleAllPairs() {
	distances := relent.AllPairs(relent.Matrix[float64]{}, relent.MeasureHellinger, topics)
	for i := range topics.Rows {
		fmt.Printf("%.4f\n", distances.Row(i))
	}
	// Output:
	// [0.0000 0.5578 0.0835]
	// [0.5578 0.0000 0.5468]
	// [0.0835 0.5468 0.0000]
}

func ExampleEachRow() {
	fmt.Printf("%.4f nats\n", relent.EachRow(nil, relent.MeasureEntropy, topics))
	// Output: [0.8018 0.6390 0.8979] nats
}

// Two goroutines, and how far they are.
func ExampleRunAllPairs() {
	run := relent.Run{Workers: 2, Progress: func(done, total int) { fmt.Printf("%d of %d\n", done, total) }}
	distances, err := relent.RunAllPairs(run, relent.Matrix[float64]{}, relent.MeasureJensenShannonDistance, topics)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.4f\n", distances.Row(0))
	// Output:
	// 9 of 9
	// [0.0000 0.5385 0.0834]
}

func ExampleMeasures() {
	p, q := []float64{0.5, 0.25, 0.25}, []float64{0.25, 0.25, 0.5}
	measures := []relent.Measure{relent.MeasureEntropy, relent.MeasureEntropy.Reversed(), relent.MeasureKullbackLeibler, relent.MeasureKullbackLeibler.Reversed(), relent.MeasureJensenShannon}
	for i, x := range relent.Measures(nil, measures, p, q) {
		fmt.Printf("%v: %.4f\n", measures[i], x)
	}
	// Output:
	// Entropy: 1.0397
	// Entropy reversed: 1.0397
	// KullbackLeibler: 0.1733
	// KullbackLeibler reversed: 0.1733
	// JensenShannon: 0.0425
}

// Shards of a table, each fed to a stream where it lies; the streams travel and meet.
func ExampleStream() {
	shards := [][2][]float64{
		{{0.10, 0.20}, {0.08, 0.18}},
		{{0.40}, {0.38}},
		{{0.20, 0.10}, {0.22, 0.14}},
	}
	var letters [][]byte
	for _, shard := range shards {
		s := relent.NewStream[float64](relent.MeasureJeffreys)
		s.Add(shard[1], shard[0])
		letter, _ := s.MarshalBinary()
		letters = append(letters, letter)
	}
	total := relent.NewStream[float64](relent.MeasureJeffreys)
	for _, letter := range letters {
		var s relent.Stream[float64]
		if err := s.UnmarshalBinary(letter); err != nil {
			fmt.Println(err)
			return
		}
		if err := total.Merge(&s); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("PSI %.4f of %d bins\n", total.Value(), total.Count())
	// Output: PSI 0.0230 of 5 bins
}

func ExampleStream_AddVector() {
	s := relent.NewStream[float32](relent.MeasureEntropy)
	for _, piece := range [][]float32{{0.5}, {0.25, 0.125}, {0.125}} {
		s.AddVector(piece)
	}
	fmt.Printf("%.4f bits\n", s.Value()*relent.BitsPerNat)
	// Output: 1.7500 bits
}

// Damage is found.
func ExampleStream_UnmarshalBinary() {
	s := relent.NewStream[float64](relent.MeasureKullbackLeibler)
	s.Add(observed, expected)
	data, _ := s.MarshalBinary()
	data[40] ^= 1
	fmt.Println(s.UnmarshalBinary(data))
	// Output: relent: Stream.UnmarshalBinary: the checksum of 103 bytes is 0582c267a9e2c49d, not 71ea3b303746417a: the data is damaged
}
