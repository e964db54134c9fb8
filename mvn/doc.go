// Package mvn computes with the multivariate normal distribution on the kernels of package relent: log densities,
// Mahalanobis distances and scores of many rows, marginals and conditionals, divergences between distributions, and fits. Its
// methods and functions have the names and argument orders of gonum's stat/distmv where that has them.
//
// The README lists the edits that programs with gonum need.
//
// Second moments are covariances, and in one dimension the variance, not the standard deviation. Logarithms are natural,
// divergences in nats. B.8 to B.11 are the equations of appendix B of "Mathematical Engineering of Deep Learning".
//
// # Which form
//
// A [Normal] keeps the structure of the covariance that its constructor was given:
//
//   - [NewNormal] and [NewNormalMatrix]: any positive definite covariance. It is factorised once, in O(d³); a row costs O(d²).
//   - [NewNormalChol]: the same, of which the factor is known. Distances are accurate relative to the factor, which is better
//     than relative to an ill-conditioned covariance.
//   - [NewNormalPrecision]: the inverse of the covariance is what is known. Nothing is inverted; a row costs as much.
//   - [NewNormalDiagonal], [NewNormalIsotropic], [NewNormalStandard]: independent variables. A row costs O(d).
//   - [NewNormalLowRank]: many variables that r common factors correlate. A row costs O(d·r), and there is no d×d matrix.
//   - [NewNormalSingular]: a covariance that may be singular. If it is, a row costs several times that of NewNormal.
//   - [Fit] estimates mean and covariance from rows; [FitShrunk] where these are few; [Moments] of rows in parts, on many
//     machines, or with a structure.
//
// A [StudentT] has any of them for its location and scale, with heavier tails; [FitStudentT] fits one to rows of which some are far out;
// [FitRobust] a normal distribution to those that are not; [FitMissing] one to rows with
// elements that are missing.
//
// A [Mixture] of any of them is from [NewMixture], or from the constructor of the structure that its covariances share; [FitMixture] fits
// one to rows. A [Conditional] of a Normal, or a [MixtureConditional], has what some variables are expected to be, given many rows of others.
//
// [KullbackLeibler], [JensenShannon], [TotalVariation] and others compare two distributions, and [BayesError] says how well they can be told
// apart; of mixtures, which have no closed forms, [MixtureKullbackLeibler] and [MixtureJensenShannon] are estimates with a standard error, and
// there are bounds. SampleRows of a Normal, a StudentT or a Mixture draws samples by a seed and their number.
//
// Module github.com/relent-go/relent/mvn/sklearn reads those of scikit-learn.
//
// In one dimension and for single numbers there is [UnivariateLogProb].
//
// # Accuracy
//
// A squared distance is a sum of squares of z = L⁻¹(x-μ), LLᵀ = Σ: never negative, and NaN only if x holds a NaN. A point that
// holds an infinity and no NaN has a distance of +Inf and a log density of -Inf, in every form. Distances, their roots and log
// densities that fit into the type of the rows come out, also where a square or a difference does not fit. Relative to
// a given factor its error hardly grows with the condition number; relative to the covariance it is that of the
// Cholesky factorisation, the condition number times a few units of 2⁻⁵³. No condition number is refused, and no
// determinant is computed: log det Σ is the sum of the logarithms of the pivots, which neither overflows nor underflows.
//
// Divergences are never negative, and have a relative error of at most 1e-12 times the condition number, also of two distributions
// that differ by as little as a unit in the last place of a parameter; see [KullbackLeibler].
//
// # The same bits
//
// As in relent, a result has the same bits on every CPU, in assembly and in plain Go, for any number of workers and in any
// place among rows. Exceptions are random numbers of Seeded without a source.
//
// # float32
//
// LogProbRows and its like, the functions, take float32 rows as well, and compute in float32: at twice the speed, and with
// errors of the condition number times 2⁻²⁴. Rows of any other kind, numbers of 16 bits among them, come block by block from
// [relent.DenseBlocks].
package mvn
