#!/usr/bin/env python3
# Writes totalvariation.json: Bayes errors and total variation distances of a standard normal distribution and another one, with mpmath. In
# one dimension from the roots of the logarithm of the ratio of their densities; in more with the same mean and the covariance v·I, from χ².
import json
from mpmath import mp, mpf, erfc, gammainc, inf, log, nstr, sqrt

mp.dps = 80


def below(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def one(mean, variance, weight):
    m, v, w = mpf(mean), mpf(variance), mpf(weight)
    # log(w·p/((1-w)·q)) = ax² + bx + c
    a, b, c = (1 / v - 1) / 2, -m / v, log(w / (1 - w)) + log(v) / 2 + m * m / (2 * v)
    if a == 0:
        roots = [-c / b] if b else []
    else:
        d = b * b - 4 * a * c
        roots = sorted([(-b - sqrt(d)) / (2 * a), (-b + sqrt(d)) / (2 * a)]) if d > 0 else []
    ends, error = [-inf] + roots + [inf], mpf(0)
    for lower, upper in zip(ends, ends[1:]):
        if lower == -inf:
            p, q = (below(upper), below((upper - m) / sqrt(v))) if upper < inf else (mpf(1), mpf(1))
        else:  # by the tails, which are exact where they are small
            p, q = (below(-lower) - (below(-upper) if upper < inf else 0),
                    below((m - lower) / sqrt(v)) - (below((m - upper) / sqrt(v)) if upper < inf else 0))
        error += min(w * p, (1 - w) * q)
    return error


def many(d, variance, weight):
    v, w = mpf(variance), mpf(weight)
    # log(w·p/((1-w)·q)) = c - s·(1-1/v)/2, s the squared distance from the mean
    c = log(w / (1 - w)) + d * log(v) / 2
    at = c / ((1 - 1 / v) / 2)
    if at <= 0:
        return min(w, 1 - w)
    inside = lambda s: gammainc(mpf(d) / 2, 0, s / 2, regularized=True)
    outside = lambda s: gammainc(mpf(d) / 2, s / 2, inf, regularized=True)
    if v > 1:
        return w * outside(at) + (1 - w) * inside(at / v)
    return w * inside(at) + (1 - w) * outside(at / v)


cases = []


def add(d, mean, variance, f):
    apart = nstr(1 - 2 * f(0.5), 30)
    for weight in [0.5, 0.25, 0.9, 0.001]:
        cases.append({"dim": d, "mean": float(mean).hex(), "variance": float(variance).hex(), "weight": float(weight).hex(),
                      "error": nstr(f(weight), 30), "apart": apart})


for mean, variance in [
    (0.0, 1.25), (1.0, 1.0), (0.5, 0.7), (-2.0, 9.0), (3.0, 0.25), (0.01, 1.01), (0.0, 1 + 2.0**-10), (2.0**-10, 1 - 2.0**-11),
    (2.0**-20, 1 + 2.0**-21), (0.0, 1 - 2.0**-30), (-(2.0**-30), 1.0), (2.0**-40, 1 + 2.0**-40), (0.0, 1 + 2.0**-52), (4.0, 1 + 2.0**-40), (8.0, 2.0),
    (12.0, 1.0), (0.0, 1e6), (100.0, 1e4), (1e-3, 1e-6), (10.0, 1.001), (10.0, 0.9),
]:
    add(1, mean, variance, lambda w: one(mean, variance, w))
for d in [2, 3, 8, 64, 500]:
    for variance in [1.25, 0.5, 4.0, 1 + 2.0**-10, 1 - 2.0**-30, 1e-4]:
        add(d, 0.0, variance, lambda w: many(d, variance, w))
with open("totalvariation.json", "w") as f:
    f.write("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
