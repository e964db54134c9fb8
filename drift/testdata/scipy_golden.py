"""Writes scipy.jsonl: distances of two samples by scipy.stats. Run: python3 scipy_golden.py > scipy.jsonl

Samples are numbers[i] = (state >> 16 & 1023) / 8 + shift of a linear congruential generator, so that there are ties in the larger ones, or, where
"fine" is set, state / 2**20 + shift.
"""
import json
import warnings

import numpy as np
import scipy.stats as st

warnings.simplefilter("ignore")


def sample(seed, n, shift, fine):
    x = np.empty(n)
    for i in range(n):
        seed = (seed * 1664525 + 1013904223) % 2**32
        x[i] = (seed / 2**20 if fine else (seed >> 16 & 1023) / 8) + shift
    return x


for n, m in [(1, 1), (2, 3), (5, 5), (7, 10), (30, 30), (40, 100), (200, 200), (500, 333), (1000, 1000), (3, 12000), (100, 12000), (150, 20000),
             (2000, 11000), (12000, 12000)]:
    for shift in [0, 1.0, 8.0, 30.0, 1000.0, 4000.0]:
        for fine in [False, True]:
            x, y = sample(1, n, 0, fine), sample(2, m, shift, fine)
            ks = st.ks_2samp(x, y)
            print(json.dumps({
                "n": n, "m": m, "shift": shift, "fine": fine, "ks": float(ks.statistic), "p": float(ks.pvalue),
                "wasserstein": float(st.wasserstein_distance(x, y)), "energy": float(st.energy_distance(x, y)),
            }))
