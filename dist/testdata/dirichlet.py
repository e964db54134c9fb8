"""Writes Kullback-Leibler divergences of Dirichlet distributions, computed with 80 digits and rounded once: parameters of usual sizes, at
distances at which package dist computes in another way, and sums that cancel more and less.

    python3 dirichlet.py > dirichlet.jsonl        # needs mpmath
"""
import json
import random
from mpmath import mp, mpf, loggamma, psi

mp.dps = 80


def divergence(p, q):
    normaliser = lambda a: loggamma(sum(a)) - sum(loggamma(x) for x in a)
    return normaliser(p) - normaliser(q) + sum((a - b) * (psi(0, a) - psi(0, sum(p))) for a, b in zip(p, q))


r = random.Random(1)
for relative in (1e-15, 1e-12, 1e-8, 1e-4, 0.03, 0.1, 0.2, 0.35, 0.5, 1, 3):
    for size, scale in ((2, 0.1), (2, 1), (3, 3), (3, 30), (4, 1000), (2, 1e9)):
        for common in (0, 0.8):  # of the changes: that of the sums is then as large
            p = [scale * 2 ** r.uniform(-2, 2) for _ in range(size)]
            change = r.uniform(-1, 1)
            q = [x * float(mp.exp(relative * (common * change + (1 - common) * r.uniform(-1, 1)))) for x in p]
            value = divergence([mpf(x) for x in p], [mpf(x) for x in q])
            print(json.dumps({"family": "dirichlet", "p": [x.hex() for x in p], "q": [x.hex() for x in q],
                              "want": {"kullbackLeibler": float(value).hex()}}))
