#!/usr/bin/env python3
# Writes heavy.json: values of the gamma function's relatives and of Student t densities, to 50 digits, with mpmath.
import json
from mpmath import mp, mpf, loggamma, log, log1p, pi, gammainc, nstr

mp.dps = 700  # differences of large terms; enough for arguments of any float64
halves = [0.5, 1.0, 1.5, 2.0, 8.0, 32.5, 500.0]


def digits(x):
    return nstr(x, 50, strip_zeros=False)


ratios = [
    {"a": float(a).hex(), "h": h, "want": digits(loggamma(mpf(a) + h) - loggamma(mpf(a)) - h * log(mpf(a)))}
    for a in [2.0**-1060, 1e-300, 1e-10, 0.05, 0.5, 1.0, 1.5, 2.25, 7.75, 15.99, 16.0, 100.3, 1e4, 1e8, 1e15, 1e100, 1e300]
    for h in halves
]
mp.dps = 60
probabilities = [
    {"d": d, "x": float(d * s).hex(), "want": digits(gammainc(mpf(d) / 2, 0, mpf(float(d * s)) / 2, regularized=True))}
    for d in [1, 2, 3, 7, 16, 64, 1000]
    for s in [1e-9, 0.01, 0.3, 0.9, 1.0, 1.1, 2.0, 6.0, 30.0]
]
mp.dps = 700
densities = []
for d in [1, 2, 5, 64]:
    for nu in [2.0**-40, 0.3, 1.0, 2.5, 30.0, 1e6, 1e17, 1e300]:
        for r in [0.0, 1e-200, 1e-9, 0.7, 12.0, 1e6, 1e20, 1e200]:
            v, n = mpf(r) ** 2, mpf(nu)
            c = loggamma((n + d) / 2) - loggamma(n / 2) - mpf(d) / 2 * log(n * pi)
            q = (n + d) / 2 * log1p(v / n)
            densities.append({"d": d, "nu": nu.hex(), "r": r.hex(), "want": digits(c - q), "size": digits(abs(c) + q + mpf(d))})
with open("heavy.json", "w") as f:
    f.write('{"ratios": [\n' + ",\n".join(map(json.dumps, ratios)))
    f.write('\n], "probabilities": [\n' + ",\n".join(map(json.dumps, probabilities)))
    f.write('\n], "densities": [\n' + ",\n".join(map(json.dumps, densities)) + "\n]}\n")
