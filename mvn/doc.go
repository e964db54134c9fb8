// Package mvn computes with the multivariate normal distribution, on top of package relent. It has the log density in one
// dimension so far, [UnivariateLogProb].
//
// Second moments are covariances: in one dimension the variance, not the standard deviation. Logarithms are natural.
// B.8 to B.11 are the equations of appendix B of "Mathematical Engineering of Deep Learning".
//
// As in relent, a result has the same bits on every CPU, in assembly and in plain Go.
package mvn
