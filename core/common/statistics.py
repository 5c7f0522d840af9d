"""Confidence intervals for measured shares."""

import math

NORMAL_QUANTILE = 1.959963984540054
"""The 97.5% quantile, for two-sided 95% intervals."""


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """The 95% confidence interval of a share, 0 to 1, of at least one trial.

    After Wilson, "Probable Inference", 1927.
    """
    z2 = NORMAL_QUANTILE**2
    scale = 1 + z2 / count
    middle = (share + z2 / (2 * count)) / scale
    deviation = math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    reach = NORMAL_QUANTILE * deviation / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)
