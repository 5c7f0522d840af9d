"""The regression, held against scikit-learn."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from core.few_shot.regression import fit


def test_it_finds_what_scikit_learn_finds() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 30)
    features = rng.normal(0, 1, (120, 20)) + 0.8 * rng.normal(0, 1, (4, 20))[labels]
    weights = rng.uniform(0.2, 2, 120)
    own = fit(features, labels, weights)
    oracle = LogisticRegression(C=1, tol=1e-8, max_iter=10_000)
    oracle.fit(features, labels, sample_weight=weights)
    np.testing.assert_allclose(own.weights, oracle.coef_, atol=1e-3)
    np.testing.assert_allclose(
        own.probabilities(features), oracle.predict_proba(features), atol=1e-3
    )
