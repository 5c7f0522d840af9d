"""Our logistic regression against scikit-learn's, on problems small enough to solve exactly."""

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import Float64Array, Uint8Array
from core.training import newton
from core.training.gram import (
    as_pixels,
    gram_matrix,
    gram_of,
    scores_of,
    weights_of,
)
from core.training.newton import (
    Labels,
    curvature_times,
    fit,
    losses_and_probabilities,
    objective,
    one_hot,
)

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

CLASSES = 4
SIZE = 12


def images_and_labels(count: int, seed: int = 0) -> tuple[Uint8Array, Labels]:
    """Noisy images whose classes are blurred patterns; fewer images than pixels."""
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % CLASSES).astype(np.intp)
    patterns = random.normal(120, 25, (CLASSES, SIZE, SIZE))
    images = patterns[labels] + random.normal(0, 40, (count, SIZE, SIZE))
    return images.clip(0, 255).astype(np.uint8), labels


def reference(images: Uint8Array, labels: Labels, c: float) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, tol=1e-9, max_iter=100_000)
    return model.fit(exact_pixels(images), labels)


def reference_objective(
    model: "LogisticRegression", images: Uint8Array, labels: Labels, c: float
) -> float:
    scores = exact_pixels(images) @ model.coef_.T + model.intercept_
    losses, _ = losses_and_probabilities(scores.T.copy(), labels)
    return objective(losses, float((model.coef_**2).sum()), c)


def exact_pixels(images: Uint8Array) -> Float64Array:
    pixels: Float64Array = images.reshape(len(images), -1) / 255.0
    return pixels


@pytest.fixture
def exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Iterates until nothing is left to gain."""
    monkeypatch.setattr(newton, "TOLERANCE", 1e-12)


def test_losses_are_those_of_a_softmax_and_large_scores_do_not_overflow() -> None:
    scores = np.array([[0.0, 1e4], [np.log(3), -1e4]])
    losses, probabilities = losses_and_probabilities(scores, np.array([0, 0]))
    assert losses == pytest.approx(np.log(4))
    np.testing.assert_allclose(probabilities, [[0.25, 1], [0.75, 0]])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_derivatives_are_those_of_finite_differences(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores, change = random.normal(0, 2, (2, CLASSES, 5))
    labels = random.integers(0, CLASSES, 5)
    step = 1e-5
    (more, after), (less, before) = (
        losses_and_probabilities(scores + sign * step * change, labels) for sign in (1, -1)
    )
    _, probabilities = losses_and_probabilities(scores, labels)
    slope = float(np.vdot(probabilities - one_hot(labels, CLASSES), change))
    assert (more - less) / (2 * step) == pytest.approx(slope, abs=1e-7)
    np.testing.assert_allclose(
        (after - before) / (2 * step), curvature_times(probabilities, change), atol=1e-7
    )


def test_the_gram_matrix_is_exact_whatever_the_brightness() -> None:
    random = np.random.default_rng(3)
    images = random.integers(0, 256, (7, 50, 50), np.uint8)
    images[0], images[1] = 0, 255
    whole = images.reshape(7, -1).astype(np.int64)
    np.testing.assert_array_equal(gram_matrix(images), whole @ whole.T / 255**2)


def test_the_landmarks_are_whitened() -> None:
    space = gram_of(images_and_labels(150)[0])
    landmarks = len(space.whitening)
    np.testing.assert_allclose(
        space.coordinates[:, :landmarks] @ space.whitening.T, np.eye(landmarks), atol=1e-4
    )


def test_the_gram_matrix_of_the_first_images_is_a_part_of_the_whole() -> None:
    images, _ = images_and_labels(30)
    part, alone = gram_of(images).first(20), gram_of(images[:20])
    np.testing.assert_array_equal(part.gram, alone.gram)
    np.testing.assert_allclose(part.whitening, alone.whitening, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("images", [0, 31])
def test_more_images_than_there_are_is_refused(images: int) -> None:
    with pytest.raises(ValueError, match="there are 30 images"):
        gram_of(images_and_labels(30)[0]).first(images)


def test_weights_and_scores_are_products_with_the_images() -> None:
    images, _ = images_and_labels(20)
    dual = np.random.default_rng(1).normal(size=(3, 20)).astype(np.float32)
    weights = weights_of(dual, images)
    np.testing.assert_allclose(weights, dual @ as_pixels(images), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        scores_of(weights, images), weights @ as_pixels(images).T, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("c", [1e-4, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("count", [9, 60, 130])
@pytest.mark.usefixtures("exactly")
def test_the_minimum_is_that_of_scikit_learn(count: int, c: float) -> None:
    images, labels = images_and_labels(count)
    found, model = fit(gram_of(images), labels, c), reference(images, labels, c)
    expected = reference_objective(model, images, labels, c)
    assert found.objective == pytest.approx(expected, rel=1e-7)
    scale = np.abs(model.coef_).max()
    np.testing.assert_allclose(found.dual @ exact_pixels(images), model.coef_, atol=2e-3 * scale)
    np.testing.assert_allclose(found.intercepts, model.intercept_, atol=2e-3)
    others = images_and_labels(200, seed=5)[0]
    scores = scores_of(weights_of(found.dual.astype(np.float32), images), others)
    ours = (scores + found.intercepts[:, None]).argmax(axis=0)
    assert (ours == model.predict(as_pixels(others))).mean() > 0.99


def test_the_usual_fit_is_within_a_thousandth_of_the_minimum() -> None:
    images, labels = images_and_labels(130)
    found = fit(gram_of(images), labels, 1.0)
    least = reference_objective(reference(images, labels, 1.0), images, labels, 1.0)
    assert found.converged
    assert least * (1 - 1e-9) <= found.objective <= least * (1 + newton.TOLERANCE)


@pytest.mark.usefixtures("exactly")
def test_at_the_minimum_the_gradient_vanishes() -> None:
    images, labels = images_and_labels(60)
    found = fit(gram_of(images), labels, 2.0)
    _, probabilities = losses_and_probabilities(found.scores, labels)
    by_scores = 2.0 * (probabilities - one_hot(labels, CLASSES))
    np.testing.assert_allclose(found.dual + by_scores, 0, atol=1e-6)
    np.testing.assert_allclose(by_scores.sum(axis=1), 0, atol=1e-6)


@pytest.mark.usefixtures("exactly")
def test_a_warm_start_leads_to_the_same_minimum() -> None:
    images, labels = images_and_labels(120)
    space = gram_of(images)
    cold = fit(space, labels, 1.0)
    for start in (fit(space.first(100), labels[:100], 1.0), fit(space, labels, 0.5)):
        warm = fit(space, labels, 1.0, start)
        assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
        np.testing.assert_allclose(warm.scores, cold.scores, atol=1e-4)


def test_a_warm_start_takes_fewer_steps() -> None:
    images, labels = images_and_labels(130)
    space = gram_of(images)
    start = fit(space.first(125), labels[:125], 1.0)
    assert fit(space, labels, 1.0, start).steps < fit(space, labels, 1.0).steps


def test_a_start_of_other_classes_is_refused() -> None:
    images, labels = images_and_labels(40)
    space = gram_of(images)
    start = fit(space, labels % 3, 1.0)
    with pytest.raises(ValueError, match="3 classes cannot start one of 4"):
        fit(space, labels, 1.0, start)


@pytest.mark.parametrize(("count", "c"), [(39, 1.0), (40, 0.0), (40, -1.0)])
def test_an_impossible_fit_is_refused(count: int, c: float) -> None:
    images, labels = images_and_labels(40)
    with pytest.raises(ValueError, match="labels of 40 images"):
        fit(gram_of(images), labels[:count], c)


@pytest.mark.usefixtures("exactly")
def test_duplicate_and_black_images_do_no_harm() -> None:
    images, labels = images_and_labels(40)
    images[8:16], labels[8:16] = images[:8], labels[:8]
    images[20] = images[33] = 0
    found = fit(gram_of(images), labels, 1.0)
    expected = reference_objective(reference(images, labels, 1.0), images, labels, 1.0)
    assert found.objective == pytest.approx(expected, rel=1e-6)


def test_from_black_images_only_class_frequencies_are_learned() -> None:
    labels = np.array([0, 0, 0, 1], np.intp)
    found = fit(gram_of(np.zeros((4, 5, 5), np.uint8)), labels, 1.0)
    _, probabilities = losses_and_probabilities(found.scores, labels)
    np.testing.assert_allclose(probabilities[:, 0], [0.75, 0.25], atol=0.01)
