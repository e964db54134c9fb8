"""Writes golden.jsonl: divergences and entropies of pairs of distributions, from their densities with 50 digits, rounded once.

    python3 golden.py > golden.jsonl        # needs mpmath; takes half an hour. Names of families: those only

Kullback–Leibler, Jensen–Shannon and the entropy are integrals, or sums, of the definition; no closed form is used, but for
Dirichlet and beta distributions, whose integrals have many dimensions or singular ends.
"""
import json
import sys
from mpmath import mp, mpf, inf, quad, log, exp, gamma, loggamma, psi, sqrt, pi, cosh, sinh, expm1, log1p, re, mpc

mp.dps = 50


def phi(a, b):
    """a·log(a/m) + b·log(b/m) with m = (a+b)/2."""
    m = (a + b) / 2
    return (a * log(a / m) if a else 0) + (b * log(b / m) if b else 0)


def integral(f, points):
    return quad(f, points, maxdegree=12)


def continuous(logp, logq, points):
    """From logarithms of densities, over pieces."""
    kl = integral(lambda x: exp(logp(x)) * (logp(x) - logq(x)), points)
    h = -integral(lambda x: exp(logp(x)) * logp(x), points)
    js = integral(lambda x: phi(exp(logp(x)), exp(logq(x))) / 2, points)
    return kl, h, js


def discrete(logp, logq, support):
    kl = h = js = mpf(0)
    for k in support:
        lp, lq = logp(k), logq(k)
        p, q = exp(lp), exp(lq)
        if p:
            kl += p * (lp - lq)
            h -= p * lp
        js += phi(p, q) / 2
    return kl, h, js


def spread(centres, widths):
    """Points at multiples of widths about centres, for the quadrature to see everything."""
    points = set()
    for c, w in zip(centres, widths):
        for k in (-40, -20, -10, -5, -2, 0, 2, 5, 10, 20, 40):
            points.add(c + k * w)
    return sorted(points)


def normal(p, q):
    f = lambda m, s: lambda x: -((x - m) / s) ** 2 / 2 - log(s) - log(2 * pi) / 2
    return continuous(f(*p), f(*q), spread((p[0], q[0]), (p[1], q[1])))


def lognormal(p, q):
    kl, h, js = normal(p, q)
    return kl, h + p[0], js


def laplace(p, q):
    f = lambda m, s: lambda x: -abs(x - m) / s - log(2 * s)
    ends = max(p[1], q[1]) * 130
    low, high = min(p[0], q[0]), max(p[0], q[0])
    return continuous(f(*p), f(*q), sorted({low - ends, low - p[1], low - q[1], low, high, high + p[1], high + q[1], high + ends}))


def shape_points(*scales):
    points = {mpf(0)}
    for s in scales:
        for k in (-40, -20, -8, -4, -2, -1, 0, 1, 2, 3, 4, 5, 6):
            points.add(s * mpf(2) ** k)
    return sorted(points) + [max(points) * 4]


def exponential(p, q):
    f = lambda r: lambda x: log(r) - r * x
    return continuous(f(*p), f(*q), shape_points(1 / p[0], 1 / q[0]))


def in_logarithm(logp, logq, mean_log, centres, widths):
    """Of densities of log x, to which exp(-x) has been added; the entropy is that of x."""
    kl, h, js = continuous(logp, logq, spread(centres, widths))
    return kl, h + mean_log, js


def gamma_(p, q):
    f = lambda a, r: lambda y: a * (y + log(r)) - r * exp(y) - loggamma(a)
    centre = lambda a, r: log(a / r)
    left = lambda a, r: log(a / r) - 140 / a
    ys = set()
    for a, r in (p, q):
        w = 1 / sqrt(a)
        for k in (-12, -8, -5, -3, -1, 0, 1, 3, 5, 8, 12):
            ys.add(centre(a, r) + k * w)
        for k in (1, 2, 4, 8, 16, 40, 140):
            ys.add(centre(a, r) - k / a)
        ys.add(centre(a, r) + 6 / a + 6)
    return in_logarithm_points(f(*p), f(*q), psi(0, p[0]) - log(p[1]), sorted(ys))


def in_logarithm_points(logp, logq, mean_log, points):
    kl, h, js = continuous(logp, logq, points)
    return kl, h + mean_log, js


def inversegamma(p, q):
    kl, h, js = gamma_(p, q)
    # the density of 1/x: h(1/x) = h(x) - 2·E log x
    return kl, h - 2 * (psi(0, p[0]) - log(p[1])), js


def weibull(p, q):
    # y = log x
    f = lambda k, s: lambda y: log(k) + k * (y - log(s)) - exp(k * (y - log(s)))
    ys = set()
    for k, s in (p, q):
        for c in (-140, -70, -40, -20, -10, -5, -2, -1, 0, 1, 2, 3, 4, 5, 6):
            ys.add(log(s) + c / k)
    kl, h, js = in_logarithm_points(f(*p), f(*q), log(p[1]) - mp.euler / p[0], sorted(ys))
    return kl, h, js


def log_beta(x):
    return sum(loggamma(a) for a in x) - loggamma(sum(x))


def dirichlet(p, q):
    """Of the moments of log x, and the Jensen–Shannon divergence from the Chernoff coefficient."""
    sp = sum(p)
    e = [psi(0, a) - psi(0, sp) for a in p]
    cross = lambda q: log_beta(q) - sum((b - 1) * x for b, x in zip(q, e))
    c = lambda t: 1 - re(exp(log_beta([(a + b) / 2 + mpc(0, t) * (a - b) for a, b in zip(p, q)])
                             - (mpf(1) / 2 + mpc(0, t)) * log_beta(p) - (mpf(1) / 2 - mpc(0, t)) * log_beta(q)))
    js = quad(lambda t: c(t) / (t * t + mpf(1) / 4) / cosh(pi * t), [0, 1, 2, 4, 8, 16, 40]) / 2
    return cross(q) - cross(p), cross(p), js


def beta(p, q):
    """As dirichlet, and to some digits the integrals over y = log(x/(1-x))."""
    kl, h, js = dirichlet(p, q)

    def f(a, b):
        c = log_beta((a, b))
        return lambda y: -a * log1p(exp(-y)) - b * log1p(exp(y)) - c
    points = {mpf(0)}
    for a, b in (p, q):
        centre, w = log(a / b), sqrt(1 / a + 1 / b)
        points |= {centre + k * w for k in (-10, -5, -2, 0, 2, 5, 10)}
        points |= {centre - 10 * w - 70 / a * k for k in (0.02, 0.06, 0.25, 1)} | {centre + 10 * w + 70 / b * k for k in (0.02, 0.06, 0.25, 1)}
    points = sorted(points)
    logp, logq = f(*p), f(*q)
    with mp.workdps(30):
        kl_again = quad(lambda y: exp(logp(y)) * (logp(y) - logq(y)), points)
        js_again = quad(lambda y: phi(exp(logp(y)), exp(logq(y))) / 2, points)
    assert abs(kl_again - kl) < mpf(10) ** -9 * kl and abs(js_again - js) < mpf(10) ** -9 * js, (p, q, kl_again, kl, js_again, js)
    return kl, h, js


def poisson(p, q):
    f = lambda m: lambda k: k * log(m) - m - loggamma(k + 1)
    high = max(p[0], q[0])
    return discrete(f(*p), f(*q), range(int(high + 30 * sqrt(high) + 80)))


def geometric(p, q):
    f = lambda s: lambda k: log(s) + (k * log1p(-s) if k else 0)
    return discrete(f(*p), f(*q), range(int(130 / min(p[0], q[0]))))


def binomial(p, q):
    n = int(p[0])
    choose = lambda k: loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)
    f = lambda s: lambda k: choose(k) + k * log(s) + (n - k) * log1p(-s)
    return discrete(f(p[1]), f(q[1]), range(n + 1))


def bernoulli(p, q):
    return binomial((1, p[0]), (1, q[0]))


def near(p, relative, pattern=None):
    """p with parameters moved by about a relative difference, each by another part of it."""
    return tuple(float(x) * (1 + relative * s) for x, s in zip(p, pattern or (1, -.7, .4, .9, -.2)))


def pairs():
    for name, f, bases, others in (
        ("normal", normal, [(0.5, 2.0), (-3.0, 0.7)], [((0.0, 1.0), (1.0, 2.0)), ((0.0, 1.0), (10.0, 5.0)), ((3.0, 1e-3), (3.0, 2.0))]),
        ("lognormal", lognormal, [(1.5, 0.8)], [((0.0, 1.0), (1.0, 2.0)), ((-1.0, 0.25), (0.5, 0.125))]),
        ("exponential", exponential, [(0.3,)], [((1.0,), (2.0,)), ((1.0,), (1000.0,)), ((7.5,), (0.4,))]),
        ("laplace", laplace, [(0.25, 1.5), (5.0, 0.01)], [((0.0, 1.0), (1.0, 1.0)), ((0.0, 1.0), (8.0, 3.0)), ((2.0, 0.125), (2.5, 0.5))]),
        ("gamma", gamma_, [(2.5, 3.0), (0.3, 1.0), (150.0, 20.0)], [((1.0, 1.0), (2.0, 1.0)), ((0.5, 2.0), (9.0, 0.25)), ((40.0, 8.0), (30.0, 6.0))]),
        ("inversegamma", inversegamma, [(3.5, 2.0)], [((2.0, 1.0), (3.0, 5.0)), ((0.75, 2.0), (12.0, 6.0))]),
        ("beta", beta, [(2.5, 3.0), (0.5, 0.75), (40.0, 7.0)], [((1.0, 1.0), (2.0, 2.0)), ((0.5, 3.0), (4.0, 0.25)), ((120.0, 80.0), (100.0, 90.0))]),
        ("dirichlet", dirichlet, [(2.5, 3.0, 1.5, 0.6), (30.0, 22.0, 51.0)],
         [((1.0, 1.0, 1.0), (2.0, 3.0, 4.0)), ((0.5, 0.25, 8.0, 2.0, 1.0), (1.0, 4.0, 0.5, 2.0, 7.0)), ((1e-3, 1e5), (2e-3, 1.1e5)), ((1e6, 1e-3), (1e6, 2.0)),
          ((1e6, 2e6, 5e5), (1e6 * (1 + 1e-8), 2e6, 5e5)), ((1e6, 2e6, 5e5), (1.01e6, 2.02e6, 5.05e5)), ((1e-3, 2.0, 1e-3), (1e-3, 2.0 * (1 + 1e-6), 1e-3)),
          ((1e-3, 5e-3), (1e-3 * (1 + 1e-8), 5e-3)), ((1e-3, 1e-3), (1e6, 1e6))]),
        ("poisson", poisson, [(4.5,), (0.01,)], [((1.0,), (2.0,)), ((0.125,), (20.0,)), ((90.0,), (75.0,)), ((1500.0,), (1400.0,))]),
        ("bernoulli", bernoulli, [(0.3,), (0.9990234375,)], [((0.25,), (0.75,)), ((1e-3,), (0.5,)), ((1e-9,), (1e-3,))]),
        ("binomial", binomial, [(10, 0.3), (500, 0.01)], [((7, 0.25), (7, 0.75)), ((40, 1e-3), (40, 0.5)), ((1000, 0.5), (1000, 0.55))]),
        ("geometric", geometric, [(0.3,), (0.9,)], [((0.25,), (0.75,)), ((0.03125,), (0.5,)), ((0.99,), (0.2,))]),
        ("weibull", weibull, [(1.5, 2.0), (0.6, 10.0)], [((1.0, 1.0), (2.0, 1.0)), ((0.75, 3.0), (3.0, 1.5)), ((2.0, 5.0), (2.0, 4.0))]),
    ):
        for p, q in others:
            yield name, f, p, q
            yield name, f, q, p
        for p in bases:
            for relative in (1e-1, 1e-3, 1e-8):
                q = near(p, relative)
                if name == "binomial":
                    q = (p[0], q[1] if q[1] != p[1] else p[1] * (1 + relative))
                if name == "bernoulli" and p[0] > .99:
                    q = (1 - (1 - p[0]) * (1 + relative),)
                yield name, f, p, q


for name, f, p, q in pairs():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    p, q = [float(x) for x in p], [float(x) for x in q]
    kl, h, js = f([mpf(x) for x in p], [mpf(x) for x in q])
    print(json.dumps({"family": name, "p": [x.hex() for x in p], "q": [x.hex() for x in q], "want": {
        n: float(x).hex() for n, x in (("kullbackLeibler", kl), ("entropy", h), ("crossEntropy", h + kl), ("jensenShannon", js))}}), flush=True)
