"""Records of logistic regressions, in the images' span and on raw pixels."""

from dataclasses import dataclass

from core.common.metrics import accuracy


@dataclass(frozen=True)
class FitConfig:
    """The configuration of one regression.

    Attributes:
        train_images: how many of the first ones it is trained on.
        c: scikit-learn's C, the inverse strength of the regularisation.
    """

    train_images: int
    c: float

    def __post_init__(self) -> None:
        if self.train_images < 1 or self.c <= 0:
            raise ValueError(f"impossible configuration: {self}")


@dataclass(frozen=True)
class DualFitResult:
    """One regression in the images' span.

    Attributes:
        config: its configuration.
        seconds: of the fit, without the Gram matrix and testing, which all fits share.
        objective: C · (sum of losses, to base e) + ½ ‖weights‖².
        train_errors: how many training images it classifies wrongly.
        test_images, errors: how many test images it classifies, and how many of them wrongly.
        steps, products: numbers of Newton steps and of products with the Gram matrix.
        converged: whether the stopping criterion was met.
    """

    config: FitConfig
    seconds: float
    objective: float
    train_errors: int
    test_images: int
    errors: int
    steps: int
    products: int
    converged: bool

    def __post_init__(self) -> None:
        _check_counts(self.errors, self.test_images, self.seconds, self.objective)
        if not 0 <= self.train_errors <= self.config.train_images:
            raise ValueError(f"{self.train_errors} errors on {self.config.train_images} images")

    @property
    def train_accuracy(self) -> float:
        """Share of training images classified correctly, 0 to 1."""
        return accuracy(self.train_errors, self.config.train_images)

    @property
    def accuracy(self) -> float:
        """Share of test images classified correctly, 0 to 1."""
        return accuracy(self.errors, self.test_images)


@dataclass(frozen=True)
class PrimalFitResult:
    """One regression on raw pixels by scikit-learn, as in the article.

    Attributes:
        config: its configuration.
        tolerance: at which the solver stops.
        seconds: of the fit, without testing.
        objective: as in ``DualFitResult``, at the weights found.
        test_images, errors: how many it classifies, and how many of them wrongly.
        iterations: of the solver.
        converged: whether the solver met its stopping criterion.
    """

    config: FitConfig
    tolerance: float
    seconds: float
    objective: float
    test_images: int
    errors: int
    iterations: int
    converged: bool

    def __post_init__(self) -> None:
        _check_counts(self.errors, self.test_images, self.seconds, self.objective)

    @property
    def accuracy(self) -> float:
        """Share of test images classified correctly, 0 to 1."""
        return accuracy(self.errors, self.test_images)


def _check_counts(errors: int, images: int, seconds: float, value: float) -> None:
    if not 0 <= errors <= images or images < 1:
        raise ValueError(f"{errors} errors on {images} images")
    if min(seconds, value) < 0:
        raise ValueError("a time or an objective is negative")
