#!/usr/bin/env python3
# Writes robust.json with Debian's python3-sklearn, python3-scipy and python3-mpmath: factors of the minimum covariance determinant, and the log
# determinant of the best raw covariance that scikit-learn's MinCovDet finds with 20 seeds, and which rows it is of.
import json
import numpy as np
from mpmath import mp, mpf, exp, log, findroot, gammainc, lu_solve, matrix
from scipy.stats import chi2
from sklearn.covariance import MinCovDet

mp.dps = 40


def consistency(d, h, n):
    share = mpf(h) / n
    start = chi2.ppf(float(share), d)
    q = findroot(lambda x: gammainc(mpf(d) / 2, 0, x / 2, regularized=True) - share, mpf(start))
    return share / gammainc(mpf(d) / 2 + 1, 0, q / 2, regularized=True)


SMALL = {
    "raw": {
        1: ((0.262024211897096, 0.604756680630497), (-0.351584646688712, 1.01646567502486)),
        2: ((0.673292623522027, 0.691365864961895), (0.446537815635445, 1.06690782995919)),
        3: (((-1.42764571687802, 1.26263336932151), (-1.06141115981725, 1.28907991440387)),
            ((-0.455179464070565, 1.11192541278794), (-0.294241208320834, 1.09649329149811))),
    },
    "reweighted": {
        1: ((1.11098143415027, 1.5182890270453), (-0.66046776772861, 0.88939595831888)),
        2: ((3.11101712909049, 1.91401056721863), (0.79473550581058, 1.10081930350091)),
        3: (((-1.02842572724793, 1.67659883081926), (-0.26800273450853, 1.35968562893582)),
            ((-0.544482443573914, 1.25994483222292), (-0.343791072183285, 1.25159004257133))),
    },
}


def small(which, d, n, alpha):
    f = []
    for k in range(2):
        if d <= 2:
            a, b = map(mpf, SMALL[which][d][k])
        else:
            rows = SMALL[which][3][k]
            y = matrix([log(-mpf(c) / mpf(d) ** mpf(e)) for c, e in rows])
            s = lu_solve(matrix([[1, -log(mpf(q) * d * d)] for q in (2, 3)]), y)
            a, b = s[0], s[1]
        f.append(1 - exp(a) / mpf(n) ** b)
    alpha = mpf(alpha)
    v = f[0] + (f[1] - f[0]) / mpf("0.375") * (alpha - mpf("0.5")) if alpha <= 0.875 else f[1] + (1 - f[1]) / mpf("0.125") * (alpha - mpf("0.875"))
    return 1 / v


out = {
    "Consistency": [{"D": d, "H": h, "N": n, "Want": float(consistency(d, h, n))} for d in (1, 2, 5, 16, 100) for h, n in ((50, 99), (96, 178), (975, 1000))],
    "Small": [
        {"D": d, "N": n, "Alpha": a, "Raw": float(small("raw", d, n, a)), "Reweighted": float(small("reweighted", d, n, a))}
        for d in (1, 2, 3, 13, 30) for n in (150, 178, 569, 10000) for a in (0.5, 0.6, 0.875, 0.95, 1.0)
    ],
    "Data": [],
}
for name, columns in (("wine", 13), ("breast_cancer", 10)):
    x = np.loadtxt(f"../../bench/data/{name}.csv", delimiter=",", skiprows=1)[:, :columns]
    best = min(
        (MinCovDet(random_state=seed).fit(x) for seed in range(20)),
        key=lambda m: np.linalg.slogdet(np.cov(x[m.raw_support_].T, bias=True))[1],
    )
    out["Data"].append({
        "Name": name, "Columns": columns, "Rows": int(best.raw_support_.sum()),
        "LogDet": float(np.linalg.slogdet(np.cov(x[best.raw_support_].T, bias=True))[1]),
        "Support": np.flatnonzero(best.raw_support_).tolist(),
    })
with open("robust.json", "w") as f:
    f.write("{" + ",\n".join(f'"{k}": [\n' + ",\n".join(map(json.dumps, v)) + "\n]" for k, v in out.items()) + "}\n")
