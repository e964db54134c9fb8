package mvn

// onSupport tells whether x is on the support.
func (f *singularForm) onSupport(x, mean, z []float64) bool {
	size := norm(x) + norm(mean) + f.root[f.dim()-1]
	for k := range f.null {
		z[k] = dot(f.vectors.Row(k), x) - dot(f.vectors.Row(k), mean)
	}
	return norm(z[:f.null]) <= 0x1p-20*size
}
