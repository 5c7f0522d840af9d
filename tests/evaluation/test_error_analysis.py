"""Error analysis on test images, on synthetic ones, and on their mirror images."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.artifacts.store import Mistake
from core.common.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Float32Array, Uint8Array
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import SPLITS, Facts, ImageLabel, open_store, write_store
from core.evaluation.error_analysis import (
    Example,
    Findings,
    Predictor,
    has_test_images,
    load_predictor,
    mirrored,
    on_test_images,
    predictors,
    read_all,
    without_mirror_images,
)
from core.evaluation.synthetic_sets import LabelledImages, synthetic_hands, synthetic_photos
from core.hands.pipeline import ArticleRecogniser
from tests.helpers.mistaken_models import SIDE, model_with_mistakes

pytestmark = pytest.mark.usefixtures("stores")


@cache
def few_hands() -> LabelledImages:
    return synthetic_hands(2)


def predictor_of(title: str) -> Predictor:
    (found,) = [each for each in predictors() if each.title == title]
    return found


def test_every_trained_model_has_a_predictor() -> None:
    asked = predictors()
    assert len({each.title for each in asked}) == len(asked)
    assert [each.target for each in asked if each.model == "hand_classifier"] == ["fingers", "side"]
    assert {each.model for each in asked} >= {"cnn_batch_norm", "hand_side", "hand_classifier"}
    for each in asked:
        said = load_predictor(each)(few_hands().images[:3])
        assert said.shape == (3, 6 if each.target == "fingers" else 2)
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-3)


def test_synthetic_hands_come_with_their_mirror_images() -> None:
    hands = few_hands()
    assert len(hands.images) == 2 * 2 * len(FINGER_COUNTS)
    assert len(set(hands.names)) == len(hands.names)
    right, left = np.split(hands.images, 2)
    np.testing.assert_array_equal(left, right[:, :, ::-1])
    assert set(hands.sides[: len(right)]) == {SIDES.index("R")}
    np.testing.assert_array_equal(hands.images, synthetic_hands(2).images)


def test_hands_in_synthetic_photos_are_found_and_preprocessed() -> None:
    photos = synthetic_photos(ArticleRecogniser(), 1)
    assert len(photos.images) + photos.not_found == len(FINGER_COUNTS) * len(SIDES)
    assert photos.images.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE)
    assert photos.not_found <= 2


def bright_ones(images: Uint8Array) -> Float32Array:
    """Predicts right for bright images, left for dark ones."""
    share = images.mean(axis=(1, 2)).astype(np.float32) / 255
    return np.stack([1 - share, share], axis=1)


def plain(brightness: list[int]) -> Uint8Array:
    return np.array(brightness, np.uint8)[:, None, None].repeat(128, axis=1).repeat(128, axis=2)


def test_every_classified_image_is_counted() -> None:
    asked = Predictor("m", "M", "side", of_the_article=True)
    given = LabelledImages(
        plain([10, 240, 60, 200]),
        np.zeros(4, np.uint8),
        np.array([0, 1, 1, 1], np.uint8),
        ("a", "b", "c", "d"),
        not_found=2,
    )
    findings = read_all(asked, bright_ones, given)
    assert findings.confusion_matrix == ((1, 0), (1, 2))
    assert (findings.images, findings.errors, findings.not_found) == (4, 1, 2)
    assert [each.name for each in findings.mistakes] == ["c"]
    assert [each.name for each in findings.cell(1, 1)] == ["b", "d"]
    assert not findings.cell(0, 1)


def test_the_most_confident_mistakes_come_first() -> None:
    examples = tuple(
        Example(name, None, 0, (1 - sure, sure)) for name, sure in (("a", 0.6), ("b", 0.9))
    )
    findings = Findings(3, ((1, 2), (0, 0)), examples)
    assert [each.name for each in findings.mistakes] == ["b", "a"]


def test_a_mirror_image_shows_the_other_hand_and_the_same_count() -> None:
    image = few_hands().images[0]
    of_side = Example("e", image, 1, (0.3, 0.7))
    asked = Predictor("m", "M", "side", of_the_article=True)
    turned = mirrored(of_side, asked, bright_ones)
    assert turned.true == 0
    assert turned.image is not None
    np.testing.assert_array_equal(turned.image, image[:, ::-1])
    assert turned.probabilities == tuple(bright_ones(image[None, :, ::-1])[0].tolist())
    count = mirrored(replace(of_side, true=1), replace(asked, target="fingers"), bright_ones)
    assert count.true == 1
    with pytest.raises(ValueError, match="not available"):
        mirrored(replace(of_side, image=None), asked, bright_ones)


def test_only_one_of_two_mirror_images_is_shown() -> None:
    one, two = few_hands().images[:2]
    named = [("a", one), ("b", two), ("c", one[:, ::-1]), ("d", None), ("e", two)]
    examples = [Example(name, image, 0, (0.1, 0.9)) for name, image in named]
    assert [each.name for each in without_mirror_images(examples)] == ["a", "b", "e"]


def import_synthetic(root: Path) -> Facts:
    """An imported dataset of 48 synthetic hands, half of them test images."""
    hands = synthetic_hands(4)
    labels = [
        ImageLabel(int(fingers), SIDES[side], SPLITS[number % 2], f"test/{number}.png")
        for number, (fingers, side) in enumerate(zip(hands.fingers, hands.sides, strict=True))
    ]
    return write_store(IMPORTED_NAME, "a test", False, [(hands.images, labels)], root)


def test_test_images_are_found_by_name(tmp_path: Path, stores: Path) -> None:
    facts = import_synthetic(stores)
    # Number 1 is a right hand, 25 its mirror image.
    named = [Mistake("test/1.png", "R", "L", (0.8, 0.2)), Mistake("gone", "L", "R", (0.4, 0.6))]
    model_with_mistakes(tmp_path, named, facts)
    asked = predictor_of(SIDE)
    assert has_test_images(asked, tmp_path)
    findings = on_test_images(asked, lambda: bright_ones, tmp_path)
    assert (findings.images, findings.errors) == (3_600, 2)
    first, second = findings.examples[:2]
    assert first.image is not None
    np.testing.assert_array_equal(first.image, open_store(IMPORTED_NAME, stores).images[1])
    assert second.image is None
    right = findings.examples[2:]
    assert right
    assert not any(each.is_error or each.name == "test/1.png" for each in right)


def test_another_dataset_s_images_are_not_shown(tmp_path: Path, stores: Path) -> None:
    import_synthetic(stores)
    model_with_mistakes(tmp_path, [Mistake("test/1.png", "R", "L", (0.8, 0.2))])
    asked = predictor_of(SIDE)
    assert not has_test_images(asked, tmp_path)

    def fail() -> Any:
        raise AssertionError("nothing is to be read")

    (only,) = on_test_images(asked, fail, tmp_path).examples
    assert only.image is None
