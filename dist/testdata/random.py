"""Writes divergences of random pairs of distributions, half of them nearly equal, from closed forms with 80 digits, rounded once.

    python3 random.py 20000 1 > /tmp/random.jsonl        # how many, and the seed; needs mpmath, takes a minute or two
    RELENT_DEEP=1 RELENT_PAIRS=/tmp/random.jsonl go test -run TestRandomPairs ./dist

The closed forms are those of textbooks, which lose digits by differences of log Γ: 80 are enough.
"""
import json
import os
import sys

sys.path = [d for d in sys.path if os.path.abspath(d) != os.path.dirname(os.path.abspath(__file__))]  # this is no module random
import random
from mpmath import mp, mpf, log, exp, gamma, loggamma, psi, euler

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

count, seed = int(sys.argv[1]), int(sys.argv[2])
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
    value = divergence([mpf(x) for x in p], [mpf(x) for x in q])
    if value is not None and value < mpf(10) ** 300:
        print(json.dumps({"family": name, "p": [x.hex() for x in p], "q": [x.hex() for x in q], "want": {"kullbackLeibler": float(value).hex()}}))
