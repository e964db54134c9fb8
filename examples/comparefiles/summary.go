package main

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/relent-go/relent/drift"
)

// mostWords is how many words that differ are counted of a column; those that come later only then are not among the categories.
const mostWords = 1 << 16

// A summary is what bins of a column are made of: a sample of its numbers, each as probable, and how often there is each word.
type summary struct {
	sample []float64
	size   int // of the sample, at most
	seen   int // finite numbers
	chance *rand.Rand
	words  map[string]int
}

func newSummary(size int) *summary {
	return &summary{size: size, chance: rand.New(rand.NewPCG(1, 2)), words: map[string]int{}}
}

// add adds values: the n-th number takes a place in the sample with the probability size/n (Vitter's algorithm R).
func (s *summary) add(v values) {
	for _, x := range v.numbers {
		if x != x || math.IsInf(x, 0) {
			continue
		}
		s.seen++
		if len(s.sample) < s.size {
			s.sample = append(s.sample, x)
		} else if i := s.chance.IntN(s.seen); i < s.size {
			s.sample[i] = x
		}
	}
	for _, w := range v.words {
		if _, there := s.words[w]; there {
			s.words[w]++
		} else if len(s.words) < mostWords {
			s.words[strings.Clone(w)] = 1 // it is part of a row
		}
	}
}

// kind is what there was.
func (s *summary) kind() kind {
	switch {
	case s.seen > 0:
		return numbers
	case len(s.words) > 0:
		return words
	}
	return absent
}

// bins are at most so many: quantiles, or the most frequent words, and of those the first ones.
func (s *summary) bins(most int) (drift.Bins, error) {
	switch s.kind() {
	case numbers:
		return drift.Quantiles(s.sample, most)
	case words:
		sorted := slices.SortedFunc(maps.Keys(s.words), func(a, b string) int {
			return cmp.Or(cmp.Compare(s.words[b], s.words[a]), cmp.Compare(a, b))
		})
		return drift.Categories(sorted[:min(most, len(sorted))]...)
	}
	return drift.Bins{}, nil // one bin for whatever there is
}
