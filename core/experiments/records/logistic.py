"""Records of logistic regressions, in the images' span and on raw pixels."""

from dataclasses import dataclass

from core.common.metrics import accuracy
from core.common.serialization import AtLeastOne, Count, NotNegative, Positive
from core.experiments.records.store import Provenance, Tested


@dataclass(frozen=True, order=True)
class FitConfig:
    """One regression: on how many of the first training images, and with which C.

    ``c`` is scikit-learn's, the inverse strength of the regularisation.
    """

    train_images: AtLeastOne
    c: Positive


@dataclass(frozen=True)
class DualFitResult(Tested):
    """One regression in the images' span.

    Attributes:
        seconds: of the fit, without the Gram matrix and testing, which all fits share.
        objective: C · (sum of losses, to base e) + ½ ‖weights‖².
        train_errors: how many training images it classifies wrongly.
        test_images, errors: how many test images it classifies, and how many of them wrongly.
        steps, products: numbers of Newton steps and of products with the Gram matrix.
        converged: whether the stopping criterion was met.
    """

    config: FitConfig
    seconds: NotNegative
    objective: NotNegative
    train_errors: Count
    test_images: int
    errors: int
    steps: int
    products: int
    converged: bool

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.train_errors > self.config.train_images:
            raise ValueError(f"impossible counts: {self}")

    @property
    def train_accuracy(self) -> float:
        """Share of training images classified correctly, 0 to 1."""
        return accuracy(self.train_errors, self.config.train_images)


@dataclass(frozen=True)
class PrimalFitResult(Tested):
    """One regression on raw pixels by scikit-learn, as in the article.

    Attributes:
        tolerance: at which the solver stops.
        seconds: of the fit, without testing.
        objective: as in ``DualFitResult``, at the weights found.
        test_images, errors: how many it classifies, and how many of them wrongly.
        iterations: of the solver.
        converged: whether the solver met its stopping criterion.
    """

    config: FitConfig
    tolerance: float
    seconds: NotNegative
    objective: NotNegative
    test_images: int
    errors: int
    iterations: int
    converged: bool


@dataclass(frozen=True)
class BothWaysRecord:
    """Logistic regressions with many configurations, each fitted our way and the article's.

    Attributes:
        provenance: the seed shuffles the training images, of which the first ones are taken.
        method: a description of both ways.
        gram_seconds, scoring_seconds: what all our fits share: the Gram matrix, and testing.
        fits: ours, in rising order of what is varied.
        raw: the article's way, for the same configurations.
    """

    provenance: Provenance
    method: str
    gram_seconds: NotNegative
    scoring_seconds: NotNegative
    fits: tuple[DualFitResult, ...]
    raw: tuple[PrimalFitResult, ...]

    def __post_init__(self) -> None:
        configs = [each.config for each in self.fits]
        if not configs or configs != sorted(set(configs)):
            raise ValueError("the configurations are not in order")
        if [each.config for each in self.raw] != configs:
            raise ValueError("the two ways have different configurations")

    @property
    def seconds(self) -> float:
        """Time for all fits, our way."""
        return self.gram_seconds + self.scoring_seconds + sum(each.seconds for each in self.fits)

    @property
    def raw_seconds(self) -> float:
        """Time for all fits, the article's way, without testing."""
        return sum(each.seconds for each in self.raw)
