"""What is recorded of logistic regressions, in the images' span and on raw pixels."""

from dataclasses import dataclass

from core.common.metrics import accuracy


@dataclass(frozen=True)
class FitConfig:
    """What one regression is asked.

    Attributes:
        train_images: it learns from the first ones.
        c: scikit-learn's C, the inverse strength of the regularisation.
    """

    train_images: int
    c: float

    def __post_init__(self) -> None:
        if self.train_images < 1 or self.c <= 0:
            raise ValueError(f"not a configuration: {self}")


@dataclass(frozen=True)
class DualFitResult:
    """One regression in the images' span.

    Attributes:
        config: what it was asked.
        seconds: to fit, without the Gram matrix and without the test, which all fits share.
        objective: C · (sum of losses in nats) + ½ ‖weights‖².
        train_errors: how many of the images it learned from it counts wrongly.
        test_images, errors: how many others it counts, and how many of them wrongly.
        steps, products: of Newton's method, and with the Gram matrix.
        converged: whether it ended by itself.
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
            raise ValueError(f"{self.train_errors} wrong of {self.config.train_images}")

    @property
    def train_accuracy(self) -> float:
        """Share of the images it learned from that are counted right, 0 to 1."""
        return accuracy(self.train_errors, self.config.train_images)

    @property
    def accuracy(self) -> float:
        """Share of the test images that are counted right, 0 to 1."""
        return accuracy(self.errors, self.test_images)


@dataclass(frozen=True)
class PrimalFitResult:
    """One regression on raw pixels by scikit-learn, as in the article.

    Attributes:
        config: what it was asked.
        tolerance: at which the solver stops.
        seconds: to fit, without the test.
        objective: as in ``DualFitResult``, of the weights it found.
        test_images, errors: how many it counts, and how many of them wrongly.
        iterations: of the solver.
        converged: whether it ended by itself.
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
        """Share of the test images that are counted right, 0 to 1."""
        return accuracy(self.errors, self.test_images)


def _check_counts(errors: int, images: int, seconds: float, value: float) -> None:
    if not 0 <= errors <= images or images < 1:
        raise ValueError(f"{errors} wrong of {images}")
    if min(seconds, value) < 0:
        raise ValueError("a time or an objective is negative")
