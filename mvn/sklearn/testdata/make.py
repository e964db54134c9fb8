#!/usr/bin/env python3
# Writes the .npz files here with Debian's python3-sklearn (1.2.1): mixtures of each covariance type, fitted to the wine data's first four columns,
# some rows, and scikit-learn's scores of these: log densities, responsibilities and predictions.
import numpy as np
from sklearn.mixture import GaussianMixture

x = np.loadtxt("../../../bench/data/wine.csv", delimiter=",", skiprows=1)[:, :4]
for kind in ("full", "tied", "diag", "spherical"):
    m = GaussianMixture(4, covariance_type=kind, random_state=1).fit(x)
    rows = x[::9]
    scores = dict(x=rows, log_density=m.score_samples(rows), shares=m.predict_proba(rows), labels=m.predict(rows).astype(float))
    np.savez_compressed(f"{kind}.npz", weights=m.weights_, means=m.means_, covariances=m.covariances_, **scores)
    np.savez(f"{kind}_precisions.npz", weights=m.weights_, means=np.asfortranarray(m.means_), precisions_cholesky=m.precisions_cholesky_, **scores)
f = GaussianMixture(4, random_state=1).fit(x)
np.savez("float32.npz", weights=f.weights_.astype("f4"), means=f.means_.astype("f4"), covariances=f.covariances_.astype("f4"), **scores)
np.savez("integers.npz", weights=np.arange(4), means=f.means_, covariances=f.covariances_)
