"""Writes golden.jsonl: information of contingency tables from 50 digits, rounded once.

    python3 golden.py > golden.jsonl        # needs mpmath
"""
import json
import random
from mpmath import mp, mpf, log, psi, sqrt, gammainc, binomial, exp, log1p

mp.dps = 50
random.seed(6)


def entropy(counts):
    n = mpf(sum(counts))
    return -sum(x / n * log(x / n) for x in counts if x)


def expected(rows, cols, n):
    """Vinh, Epps and Bailey, equation 24a, by binomial coefficients."""
    total = mpf(0)
    for a in rows:
        for b in cols:
            for k in range(max(1, a + b - n), min(a, b) + 1):
                total += mpf(k) / n * log(mpf(n) * k / (mpf(a) * b)) * binomial(b, k) * binomial(n - b, a - k) / binomial(n, a)
    return total


def table(counts, chance=True):
    n = sum(map(sum, counts))
    rows = [sum(r) for r in counts]
    cols = [sum(c) for c in zip(*counts)]
    cells = [(x, rows[i], cols[j]) for i, r in enumerate(counts) for j, x in enumerate(r)]
    mi = sum(mpf(x) / n * log(mpf(x) * n / (mpf(r) * c)) for x, r, c in cells if x)
    chi = sum((x - mpf(r) * c / n) ** 2 / (mpf(r) * c / n) for x, r, c in cells if r and c)
    df = (sum(map(bool, rows)) - 1) * (sum(map(bool, cols)) - 1)
    h, k = entropy(rows), entropy(cols)
    p = lambda x: gammainc(mpf(df) / 2, x / 2, regularized=True) if df else mpf(1)
    given = lambda of: -sum(x / mpf(n) * log(mpf(x) / s[of]) for x, *s in cells if x)
    want = {"mutual": mi, "rows": h, "columns": k, "columnsGivenRows": given(0), "rowsGivenColumns": given(1),
            "g": 2 * n * mi, "gP": p(2 * n * mi), "chiSquare": chi, "chiSquareP": p(chi)}
    if chance and h and k:
        e = expected(rows, cols, n)
        for name, average in (("min", min(h, k)), ("geometric", sqrt(h * k)), ("arithmetic", (h + k) / 2), ("max", max(h, k))):
            want[name] = mi / average
            want["adjusted " + name] = (mi - e) / (average - e)
    return {"counts": counts, "want": {name: float(x).hex() for name, x in want.items()}}


def sample(counts):
    n, k = mpf(sum(counts)), len(counts)
    ml = entropy(counts)
    f1 = sum(x == 1 for x in counts)
    f1 = min(f1, n - 1)
    shares = [(1 - f1 / n) * x / n for x in counts]
    chao = -sum(p * log(p) / (1 - exp(n * log1p(-p))) for p in shares if p)
    p = [x / n for x in counts]
    away = sum((mpf(1) / k - x) ** 2 for x in p)
    weight = min(mpf(1), (1 - sum(x * x for x in p)) / ((n - 1) * away)) if away and n > 1 else mpf(1)
    g = lambda m: psi(0, m) + mpf((-1) ** m) / 2 * (psi(0, mpf(m + 1) / 2) - psi(0, mpf(m) / 2))
    want = {"millerMadow": ml + (sum(map(bool, counts)) - 1) / (2 * n), "chaoShen": chao,
            "jamesStein": entropy([weight / k + (1 - weight) * x for x in p]), "grassberger": log(n) - sum(x * g(x) for x in counts if x) / n}
    return {"sample": counts, "want": {name: float(x).hex() for name, x in want.items()}}


def near(rows, cols, scale):
    """Independent but for a few cells."""
    a = [random.randint(1, 9) for _ in range(rows)]
    b = [random.randint(1, 9) for _ in range(cols)]
    counts = [[x * y * scale for y in b] for x in a]
    for _ in range(3):
        counts[random.randrange(rows)][random.randrange(cols)] += 1
    return counts


def emit(x):
    print(json.dumps(x))


emit(table([[10, 0], [0, 7]]))
emit(table([[3, 0, 4], [0, 0, 0], [5, 0, 2]]))
emit(table([[5, 9, 1]]))
for rows, cols, high in ((2, 3, 20), (4, 4, 9), (7, 3, 40), (5, 8, 3)):
    emit(table([[random.randint(0, high) for _ in range(cols)] for _ in range(rows)]))
for rows, cols, scale in ((2, 2, 1000), (3, 4, 20000), (6, 5, 1000), (3, 3, 10 ** 9), (2, 5, 10 ** 12)):
    emit(table(near(rows, cols, scale), chance=False))
emit(table([[random.randint(0, 50) for _ in range(60)] for _ in range(70)], chance=False))
emit(table([[random.randint(0, 5) for _ in range(1500)] for _ in range(2)], chance=False))
for counts in ([4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1], [1, 1, 1, 1], [1], [10, 0, 0], [100, 50, 25, 12, 6, 3, 1, 1, 0, 0], [12345, 6789, 1, 2, 3], [5, 5, 5, 5]):
    emit(sample(counts))
