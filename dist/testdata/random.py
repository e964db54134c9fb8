"""Writes divergences, Chernoff coefficients and entropies of random pairs of distributions, half of them nearly equal, from closed forms with 80
digits, rounded once; also Jensen–Shannon divergences, by the integral of complex Chernoff coefficients with these digits, of as many pairs as are asked for.

    python3 random.py 400 1 30 > random.jsonl            # how many, the seed, and how many integrals, which take a second each; needs mpmath
    python3 random.py 20000 2 500 > /tmp/random.jsonl
    RELENT_PAIRS=/tmp/random.jsonl go test -run TestRandomPairs ./dist

The closed forms are those of textbooks, which lose digits by differences of log Γ: 80 are enough.
"""
import json
import os
import sys

sys.path = [d for d in sys.path if os.path.abspath(d) != os.path.dirname(os.path.abspath(__file__))]  # this is no module random
import random
from mpmath import mp, mpf, mpc, log, exp, gamma, loggamma, psi, euler, pi, cosh

mp.dps = 80


def normal(p, q):
    return log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / (2 * q[1] ** 2) - mpf(1) / 2


def exponential(p, q):
    return log(p[0] / q[0]) + q[0] / p[0] - 1


def laplace(p, q):
    d = abs(p[0] - q[0])
    return log(q[1] / p[1]) + d / q[1] + p[1] / q[1] * exp(-d / p[1]) - 1


def gamma_(p, q):
    return (p[0] - q[0]) * psi(0, p[0]) - loggamma(p[0]) + loggamma(q[0]) + q[0] * log(p[1] / q[1]) + p[0] * (q[1] - p[1]) / p[1]


def weibull(p, q):
    ratio = q[0] / p[0]
    if ratio > 150 or q[0] * log(p[1] / q[1]) > 300:
        return None
    return (log(p[0]) - p[0] * log(p[1]) - log(q[0]) + q[0] * log(q[1]) + (p[0] - q[0]) * (log(p[1]) - euler / p[0])
            + (p[1] / q[1]) ** q[0] * gamma(ratio + 1) - 1)


def dirichlet(p, q):
    normaliser = lambda a: loggamma(sum(a)) - sum(loggamma(x) for x in a)
    return normaliser(p) - normaliser(q) + sum((a - b) * (psi(0, a) - psi(0, sum(p))) for a, b in zip(p, q))


def poisson(p, q):
    return p[0] * log(p[0] / q[0]) + q[0] - p[0]


def bernoulli(p, q):
    return p[0] * log(p[0] / q[0]) + (1 - p[0]) * log((1 - p[0]) / (1 - q[0]))


def binomial(p, q):
    return p[0] * bernoulli(p[1:], q[1:])


def geometric(p, q):
    return bernoulli(p, q) / p[0]


def entropy_of_gamma(p):
    return p[0] - log(p[1]) + loggamma(p[0]) + (1 - p[0]) * psi(0, p[0])


def entropy_of_dirichlet(p):
    return sum(loggamma(x) for x in p) - loggamma(sum(p)) + (sum(p) - len(p)) * psi(0, sum(p)) - sum((x - 1) * psi(0, x) for x in p)


def entropy_of_bernoulli(p):
    return -p[0] * log(p[0]) - (1 - p[0]) * log(1 - p[0])


entropies = {
    "normal": lambda p: log(2 * pi * exp(1) * p[1] ** 2) / 2, "lognormal": lambda p: log(2 * pi * exp(1) * p[1] ** 2) / 2 + p[0],
    "exponential": lambda p: 1 - log(p[0]), "laplace": lambda p: 1 + log(2 * p[1]), "gamma": entropy_of_gamma,
    "inversegamma": lambda p: p[0] + log(p[1]) + loggamma(p[0]) - (1 + p[0]) * psi(0, p[0]),
    "weibull": lambda p: euler * (1 - 1 / p[0]) + log(p[1] / p[0]) + 1, "beta": entropy_of_dirichlet, "dirichlet": entropy_of_dirichlet,
    "bernoulli": entropy_of_bernoulli, "geometric": lambda p: entropy_of_bernoulli(p) / p[0],
}


# Logarithms of Chernoff coefficients of exponential families: the log normaliser between natural parameters, less its chord.
def of_normaliser(natural, normaliser):
    def coefficient(p, q, alpha):
        a, b = natural(p), natural(q)
        return normaliser([alpha * x + (1 - alpha) * y for x, y in zip(a, b)]) - alpha * normaliser(a) - (1 - alpha) * normaliser(b)
    return coefficient


def laplace_coefficient(p, q, alpha):
    u, v, d = alpha / p[1], (1 - alpha) / q[1], abs(p[0] - q[0])
    left, right = exp(-v * d), exp(-u * d)
    middle = (right - left) / (v - u) if d else 0
    return log(((left + right) / (u + v) + middle) / 2) - alpha * log(p[1]) - (1 - alpha) * log(q[1])


normal_coefficient = of_normaliser(lambda p: [p[0] / p[1] ** 2, 1 / p[1] ** 2], lambda n: n[0] ** 2 / (2 * n[1]) - log(n[1]) / 2)
gamma_coefficient = of_normaliser(lambda p: p, lambda n: loggamma(n[0]) - n[0] * log(n[1]))
dirichlet_coefficient = of_normaliser(lambda p: p, lambda n: sum(loggamma(x) for x in n) - loggamma(sum(n)))
bernoulli_coefficient = lambda p, q, alpha: log(
    exp(alpha * log(p[0]) + (1 - alpha) * log(q[0])) + exp(alpha * log(1 - p[0]) + (1 - alpha) * log(1 - q[0])))


def geometric_coefficient(p, q, alpha):
    start = alpha * log(p[0]) + (1 - alpha) * log(q[0])
    return start - log(1 - exp(alpha * log(1 - p[0]) + (1 - alpha) * log(1 - q[0])))


coefficients = {
    "normal": normal_coefficient, "lognormal": normal_coefficient, "exponential": of_normaliser(lambda p: p, lambda n: -log(n[0])),
    "laplace": laplace_coefficient, "gamma": gamma_coefficient, "inversegamma": gamma_coefficient, "beta": dirichlet_coefficient,
    "dirichlet": dirichlet_coefficient, "poisson": of_normaliser(lambda p: [log(p[0])], lambda n: exp(n[0])),
    "bernoulli": bernoulli_coefficient, "geometric": geometric_coefficient,
    "binomial": lambda p, q, alpha: p[0] * bernoulli_coefficient(p[1:], q[1:], alpha),
}


def jensen_shannon(name, p, q):
    """The trapezoidal rule, which errs by e^(-pi/h), and leaves out what is less."""
    step, total = mpf(1) / 20, mpf(0)
    for i in range(400):
        t = i * step
        gap = 1 - exp(coefficients[name](p, q, mpc(0.5, t))).real
        total += (1 if i else mpf(1) / 2) * gap / ((t * t + mpf(1) / 4) * cosh(pi * t))
    return total * step / 2


def positive(r):
    return 10 ** r.uniform(-3, 6)


def place(r):
    return r.choice((-1, 1)) * positive(r)


def share(r):
    return 10 ** r.uniform(-3, -0.001)


# the kinds of parameters of each family: how one is drawn
families = {
    "normal": (normal, [place, positive]), "lognormal": (normal, [place, positive]), "exponential": (exponential, [positive]),
    "laplace": (laplace, [place, positive]), "gamma": (gamma_, [positive] * 2), "inversegamma": (gamma_, [positive] * 2),
    "weibull": (weibull, [positive] * 2), "beta": (dirichlet, [positive] * 2), "dirichlet": (dirichlet, [positive] * 4),
    "poisson": (poisson, [positive]), "bernoulli": (bernoulli, [share]), "binomial": (binomial, [lambda r: r.randrange(1, 10 ** 6), share]),
    "geometric": (geometric, [share]),
}

orders = ["0x1p-50", "0x1p-30", "0x1p-10", "0x1p-2", "0x1p-1", "0x1.8p-1", "0x1.ffcp-1", "0x1.fffffffffff8p-1"]
count, seed, integrals = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)
for i in range(count):
    name = list(families)[i % len(families)]
    divergence, kinds = families[name]
    p = [float(draw(r)) for draw in kinds]
    if r.random() < 0.5:
        relative = r.choice((1e-12, 1e-8, 1e-4, 1e-2))
        q = [x * (1 + relative * r.uniform(-1, 1)) for x in p]
    else:
        q = [float(draw(r)) for draw in kinds]
    if name == "binomial":
        q[0] = p[0]
    if kinds[-1] is share and not q[-1] < 1:
        continue
    exact = [mpf(x) for x in p], [mpf(x) for x in q]
    value = divergence(*exact)
    if value is None or value > mpf(10) ** 300:
        continue
    want = {"kullbackLeibler": float(value).hex()}
    if name in entropies:
        want["entropy"] = float(entropies[name](exact[0])).hex()
    if name in coefficients:
        alpha = r.choice(orders)
        want["chernoff " + alpha] = float(-coefficients[name](*exact, mpf(float.fromhex(alpha)))).hex()
    if i < integrals and name in coefficients:
        want["jensenShannon"] = float(jensen_shannon(name, *exact)).hex()
    print(json.dumps({"family": name, "p": [x.hex() for x in p], "q": [x.hex() for x in q], "want": want}))
