"""Writes golden.jsonl: values of the package's functions, of 50 digits rounded once.

    python3 golden.py > golden.jsonl        # needs mpmath

An input or a value is a list: the real part, and the imaginary one if the function is of a complex number.
"""
import json
import random
from mpmath import mp, mpf, mpc, log, log1p, exp, loggamma, psi, sin, cos, atan2, pi, gammainc, re, erfc, sqrt

mp.dps = 50
random.seed(15)


def delta(z):
    return loggamma(z) - (z - mpf(1) / 2) * log(z) + z - log(2 * pi) / 2


def between(low, high):
    return random.uniform(low, high)


def scaled(low, high):
    return 10 ** random.uniform(low, high)


def emit(name, x, value):
    value = [value.real, value.imag] if isinstance(value, mpc) else [value]
    print(json.dumps({"name": name, "x": [float(a).hex() for a in x], "want": [float(v).hex() for v in value]}))


shapes = [1e-8, 0.001, 0.25, 0.5, 1.0, 1.4616321449683622, 1.5, 2.0, 3.75, 15.999, 16.0, 17.5, 1e3, 1e8] + [scaled(-4, 5) for _ in range(16)]
for a in shapes:
    m = mpf(a)
    emit("StirlingError", [a], delta(m))
    emit("StirlingSlope", [a], psi(0, m) - log(m) + 1 / (2 * m))
    emit("StirlingCurvature", [a], psi(1, m) - 1 / m - 1 / (2 * m * m))
    emit("LogGamma", [a], loggamma(m))
    emit("Digamma", [a], psi(0, m))
    emit("Trigamma", [a], psi(1, m))
for a in [1e-9, -1e-9, 0.1, 0.29, 0.31, -0.29, -0.31, -0.99, 3.0, 1e6] + [between(-0.9, 2) for _ in range(12)]:
    emit("Excess", [a], mpf(a) - log1p(mpf(a)))
    emit("ExpExcess", [a], exp(mpf(a)) - 1 - mpf(a) if a < 1000 else mp.inf)
for x in [0.5, -0.7, 1e-9, 1.5707963267948966, 3.141592653589793, 1000.25, -54321.5, 1048575.5] + [between(-40, 40) for _ in range(16)]:
    emit("Sin", [x], sin(mpf(x)))
    emit("Cos", [x], cos(mpf(x)))
for y, x in [(1.0, 1.0), (1e-10, 1.0), (1.0, -1.0), (-1.0, -3.0), (2.0, 0.0), (-1e-5, -1.0), (0.2, 1.0), (0.1989, 1.0), (0.6682, 1.0)] + [
        (between(-2, 2), between(-2, 2)) for _ in range(16)]:
    emit("Atan2", [y, x], atan2(mpf(y), mpf(x)))
for _ in range(60):
    size = scaled(-4, 1.2)
    z = mpc(between(-1, 1), between(-1, 1)) * size
    z = mpc(float(z.real), float(z.imag))
    x = [z.real, z.imag]
    if z.real > -0.95:
        emit("ComplexExcess", x, z - log(1 + z))
        emit("ComplexLog1", x, log(1 + z))
    emit("ComplexExpExcess", x, exp(z) - 1 - z)
    right = mpc(abs(z.real), z.imag)
    emit("LostReal", [right.real, right.imag], 1 - re(exp(-right)))
    right *= 4
    emit("ComplexStirlingError", [right.real, right.imag], delta(right))
    emit("ComplexStirlingCurvature", [right.real, right.imag], psi(1, right) - 1 / right - 1 / (2 * right * right))
for a in [0.5, 1.0, 2.5, 10.0, 37.5, 200.0, 1000.0, 80000.0]:
    for x in [a * f for f in (1e-3, 0.1, 0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0)]:
        emit("UpperGamma", [a, x], gammainc(mpf(a), mpf(x), regularized=True))
        if a < 100:
            emit("LowerGamma", [a, x], gammainc(mpf(a), 0, mpf(x), regularized=True))
for x in [-8.5, -3.0, -1.25, -0.5, -1e-9, 0.0, 1e-3, 0.7, 1.0, 1.75, 4.0, 12.5, 37.0]:
    emit("NormalTail", [x], erfc(mpf(x) / sqrt(mpf(2))) / 2)
