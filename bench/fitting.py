# Fits scikit-learn's Gaussian mixtures for the report: a line of JSON says which, and the rows of each follow as float64.
import json
import sys
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

warnings.simplefilter("ignore")  # that a fit of some iterations has not converged
for job in json.loads(sys.stdin.buffer.readline()):
    n, d, k, kind = job["rows"], job["cols"], job["components"], job["covariance"]
    x = np.frombuffer(sys.stdin.buffer.read(8 * n * d)).reshape(n, d)
    precisions = {"full": np.stack([np.eye(d)] * k), "tied": np.eye(d), "diag": np.ones((k, d)), "spherical": np.ones(k)}[kind]
    start = dict(weights_init=np.full(k, 1 / k), means_init=x[[(2 * i + 1) * n // (2 * k) for i in range(k)]], precisions_init=precisions)
    best = np.inf
    for _ in range(job["runs"]):
        begin = time.perf_counter()
        m = GaussianMixture(k, covariance_type=kind, reg_covar=job["floor"], tol=0, max_iter=job["iterations"], **start).fit(x)
        best = min(best, time.perf_counter() - begin)
    scores = [
        GaussianMixture(k, covariance_type=kind, reg_covar=job["floor"] or 1e-6, init_params="k-means++", random_state=seed).fit(x).score(x)
        for seed in range(job["seeds"])
    ]
    print(json.dumps({"seconds": best, "score": m.score(x), "median": float(np.median(scores)) if scores else 0}), flush=True)
