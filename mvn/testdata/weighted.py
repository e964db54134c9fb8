#!/usr/bin/env python3
# Writes weighted.json: weighted Jensen-Shannon divergences of two normal distributions in one dimension, by quadrature of their definition
# to 40 digits, with mpmath. The first is standard; the other one is given by its mean and variance.
import json
from mpmath import mp, mpf, exp, expm1, log, log1p, nstr, pi, quad, sqrt

mp.dps = 45


def divergence(w, mean, variance):
    w, m, v = mpf(w), mpf(mean), mpf(variance)

    def integrand(x):
        p, q = exp(-x * x / 2) / sqrt(2 * pi), exp(-((x - m) ** 2) / (2 * v)) / sqrt(2 * pi * v)
        ratio = x * x / 2 - (x - m) ** 2 / (2 * v) - log(v) / 2  # log(q/p)
        mixed = log1p((1 - w) * expm1(ratio))  # log of the mixture over p
        return w * p * -mixed + (1 - w) * q * (ratio - mixed)

    s = max(mpf(1), sqrt(v))
    points = sorted({-14 * s, m - 14 * s, mpf(0), m, min(mpf(0), m) - 3, max(mpf(0), m) + 3, 14 * s, m + 14 * s})
    points = [p + k * (q - p) / 4 for p, q in zip(points, points[1:]) for k in range(4)] + points[-1:]
    return quad(integrand, points)


cases = []
for mean, variance in [
    (0.0, 1.25), (1.0, 1.0), (0.5, 0.7), (-2.0, 9.0), (3.0, 0.25), (0.01, 1.01), (0.0, 1 + 2.0**-10), (2.0**-10, 1 - 2.0**-11),
    (2.0**-20, 1 + 2.0**-21), (0.0, 1 - 2.0**-30), (-(2.0**-30), 1.0),
]:
    # what is left of the terms that cancel
    mp.dps = 45 if abs(variance - 1) > 1e-5 or abs(mean) > 1e-5 else 70
    for w in [0.5, 0.25, 0.9, 0.001]:
        want = nstr(divergence(w, mean, variance), 30)
        cases.append({"mean": mean.hex(), "variance": variance.hex(), "weight": w.hex(), "want": want})
with open("weighted.json", "w") as f:
    f.write("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
