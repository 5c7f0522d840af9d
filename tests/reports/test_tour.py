"""The steps of the guided tour, and the hands in them."""

from pathlib import Path

import numpy as np
import pytest

from core.artifacts.store import read_card, read_mistakes
from core.common.types import Photo
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.records.store import read_record
from core.hands.pipeline import HAND_CLASSIFIER
from core.images.pooling import pool
from core.reports import tour_mistakes
from core.reports.tour import STEPS, figure_of
from core.reports.tour_hand import read_hand
from core.reports.tour_mistakes import misread_images
from core.synthetic.sample_photos import draw_sample
from core.zoo import article_specs, zoo
from core.zoo.logistic_pooled import POOLING


def test_steps_are_complete() -> None:
    assert len({step.title for step in STEPS}) == len(STEPS) == 14
    for step in STEPS:
        assert set(step.models) <= set(zoo())
        assert set(step.settings) <= set(step.pages)
        assert figure_of(step) is not None


def test_figures_are_those_recorded() -> None:
    curve = figure_of(STEPS[1])
    last = read_record("learning_curve", LearningCurveRecord).fits[-1]
    assert curve is not None
    assert curve.number == f"{last.errors} of {last.test_images:,} wrong"
    images, errors = curve.points[-1]
    assert images == last.config.train_images
    assert errors == pytest.approx(100 * (1 - last.accuracy))
    (closed,) = (figure_of(step) for step in STEPS if step.title == "What closes the gap")
    rows = [
        each for each in read_card(HAND_CLASSIFIER).on_photos.comparison if each.target == "fingers"
    ]
    assert closed is not None
    assert [share for _, share in closed.bars] == sorted(each.on_photos for each in rows)[-2:]


def test_a_hand_before_a_plain_wall_is_read_by_all_models() -> None:
    hand = read_hand(Photo(draw_sample(1, "R", 1, 320, 240).pixels))
    assert hand.crop == "own"
    assert set(hand.answers.by_name) == {*article_specs(), HAND_CLASSIFIER}
    assert hand.seen is not None
    assert hand.pooled is not None
    np.testing.assert_array_equal(hand.pooled, pool(hand.seen, POOLING))
    assert len(hand.counts()) == len(article_specs()) - 1
    assert set(hand.counts()) == {1}


def test_without_a_hand_there_is_nothing_to_see() -> None:
    hand = read_hand(Photo(np.full((120, 160, 3), 128, np.uint8)))
    assert hand.seen is None
    assert hand.pooled is None
    assert hand.counts() == []


@pytest.mark.slow
def test_drawn_mistakes_stand_in_for_those_of_the_dataset(stores: Path) -> None:
    misread = misread_images()
    assert misread
    assert len({each.model for each in misread}) == len(misread)
    for each in misread:
        assert each.is_drawn
        assert each.image.shape == (128, 128)
        assert each.said != each.true


def test_real_mistakes_are_shown_where_the_dataset_is(monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.zeros((128, 128), np.uint8)
    monkeypatch.setattr(tour_mistakes, "images_by_name", lambda names: dict.fromkeys(names, image))
    misread = misread_images()
    assert len(misread) == tour_mistakes.PICTURES
    recorded = {
        (int(each.true), int(each.predicted))
        for name, spec in article_specs().items()
        if spec.target == "fingers"
        for each in read_mistakes(name)
    }
    assert {(each.true, each.said) for each in misread} <= recorded
    assert not any(each.is_drawn for each in misread)
