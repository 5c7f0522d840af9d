"""Learns a visitor's signs, and tells how far to trust what was learnt.

The head has a class for each sign and one for none of them, which drawn hands teach. All classes
weigh the same, so its probability of a sign is the share of that sign's samples at such a place
against all other places where hands are.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import Float64Array
from core.few_shot.features import FrozenLayers
from core.few_shot.lesson import Lesson
from core.few_shot.regression import Labels, Regression, fit

FOLDS = 5
HARMFUL = 0.5
"""A sample pulls the wrong way where, without its recording, another sign is this probable."""

CHANCE = 0.05
"""The largest probability at which guessing does as well as what was measured."""

MIN_THRESHOLD, MAX_THRESHOLD = 0.3, 0.9
_WORLD_TO_LEARN = 3 / 4
"""Of the drawn hands; the others choose the threshold."""


@dataclass(frozen=True)
class Head:
    """What was learnt: (signs + 1, 128) float32 weights and (signs + 1,) biases.

    They are of the features as the classifier gives them; the last row is "none of these". Below
    the threshold no sign is sure.
    """

    names: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    biases: npt.NDArray[np.float32]
    threshold: float

    @property
    def learned(self) -> int:
        """How many numbers were learnt."""
        return self.weights.size + self.biases.size

    def probabilities(self, features: npt.NDArray[np.floating]) -> Float64Array:
        """(samples, signs + 1) of (samples, 128) features."""
        wide = Regression(self.weights.astype(np.float64), self.biases.astype(np.float64))
        return wide.probabilities(features.astype(np.float64))

    def answer(self, features: npt.NDArray[np.floating]) -> int | None:
        """The index of the sign in (128,) features; None for none of these."""
        signs = self.probabilities(features[None])[0, :-1]
        best = int(signs.argmax())
        return best if signs[best] >= self.threshold else None


@dataclass(frozen=True)
class Sample:
    """One sample by its recording's number and its place there."""

    recording: int
    place: int


@dataclass(frozen=True)
class Verdict:
    """What cross-validation over recordings says; each recording was answered without itself.

    Attributes:
        confusion: (signs, signs + 1) samples; the last column is "none of these".
        right, recordings: how many recordings were answered right by most of their samples.
        chance: the probability of as many by guessing among the signs.
        alone: the names of signs with a single recording, which nothing can be held out of.
    """

    confusion: npt.NDArray[np.intp]
    right: int
    recordings: int
    chance: float
    alone: tuple[str, ...]

    @property
    def is_told_from_chance(self) -> bool:
        """Whether two recordings of the same sign are recognised as such beyond chance."""
        return not self.alone and self.chance <= CHANCE


@dataclass(frozen=True)
class Learnt:
    """The head, and what was found out about it.

    Attributes:
        harmful: samples that, without their recording, are probably another sign.
        held_out: (samples, signs + 1) probabilities without a sample's recording; NaN where it is
            the only one of its sign.
    """

    head: Head
    verdict: Verdict
    harmful: tuple[Sample, ...]
    held_out: Float64Array


def learn_head(lesson: Lesson, frozen: FrozenLayers, threshold: float = 0.5) -> Head:
    """Fit the head to all samples.

    Raises:
        ValueError: there are fewer than two signs, or one has no sample.
    """
    if not lesson.is_ready:
        raise ValueError("there must be two signs, each with a sample")
    features, signs, _, _ = lesson.table()
    fitted = _fit(features, signs, len(lesson.signs), frozen, frozen.world)
    weights = fitted.weights / frozen.deviation
    biases = fitted.biases - weights @ frozen.mean
    names = tuple(each.name for each in lesson.signs)
    return Head(names, weights.astype(np.float32), biases.astype(np.float32), threshold)


def learn(lesson: Lesson, frozen: FrozenLayers) -> Learnt:
    """Fit the head, choose its threshold and judge it by cross-validation over recordings.

    Raises:
        ValueError: there are fewer than two signs, or one has no sample.
    """
    features, signs, numbers, places = lesson.table()
    count = len(lesson.signs)
    split = round(len(frozen.world) * _WORLD_TO_LEARN)
    held_out, is_held_out = np.zeros((len(signs), count + 1)), np.zeros(len(signs), bool)
    of_world = []
    for fold in _folds(signs, numbers):
        fitted = _fit(features[~fold], signs[~fold], count, frozen, frozen.world[:split])
        held_out[fold] = fitted.probabilities(_scaled(features[fold], frozen))
        is_held_out |= fold
        of_world.append(fitted.probabilities(_scaled(frozen.world[split:], frozen))[:, :-1])
    world = np.concatenate([each.max(axis=1) for each in of_world]) if of_world else np.zeros(0)
    threshold = _threshold(held_out[is_held_out], signs[is_held_out], world)
    verdict = _verdict(lesson, held_out, is_held_out, signs, numbers, threshold)
    others = held_out[:, :-1].copy()
    others[np.arange(len(signs)), signs] = 0
    wrong = np.flatnonzero(is_held_out & (others.max(axis=1) > HARMFUL))
    harmful = tuple(Sample(int(numbers[row]), int(places[row])) for row in wrong)
    held_out[~is_held_out] = np.nan
    return Learnt(learn_head(lesson, frozen, threshold), verdict, harmful, held_out)


def _scaled(features: Float64Array, frozen: FrozenLayers) -> Float64Array:
    return np.asarray((features - frozen.mean) / frozen.deviation)


def _fit(
    features: Float64Array, signs: Labels, count: int, frozen: FrozenLayers, world: Float64Array
) -> Regression:
    """A regression on scaled features, in which every class weighs the same."""
    labels = np.concatenate([signs, np.full(len(world), count)])
    each = np.bincount(labels, minlength=count + 1)
    weights = len(signs) / count / each[labels]
    return fit(_scaled(np.concatenate([features, world]), frozen), labels, weights)


def _folds(signs: Labels, numbers: Labels) -> Iterator[npt.NDArray[np.bool_]]:
    """Masks of the samples to hold out: whole recordings, and never all of a sign."""
    fold_of: dict[int, int] = {}
    for sign in np.unique(signs):
        own = np.unique(numbers[signs == sign])
        if len(own) > 1:
            fold_of |= {int(each): place % FOLDS for place, each in enumerate(own)}
    folds = np.array([fold_of.get(int(each), -1) for each in numbers])
    for fold in range(FOLDS):
        if (folds == fold).any():
            yield folds == fold


def _threshold(held_out: Float64Array, signs: Labels, world: Float64Array) -> float:
    """The least probability of an answer: most held-out samples stay, most drawn hands go.

    Both shares weigh the same; halfway between equally good ones. 0.5 where nothing is held out.
    """
    if not len(held_out):
        return 0.5
    right = held_out[np.arange(len(signs)), signs]
    steps = np.linspace(MIN_THRESHOLD, MAX_THRESHOLD, 61)
    gains = [float((right >= step).mean() + (world < step).mean()) for step in steps]
    best = np.flatnonzero(np.array(gains) >= max(gains) - 1e-9)
    return float(steps[best[len(best) // 2]])


def _verdict(
    lesson: Lesson,
    held_out: Float64Array,
    is_held_out: npt.NDArray[np.bool_],
    signs: Labels,
    numbers: Labels,
    threshold: float,
) -> Verdict:
    count = len(lesson.signs)
    best = held_out[:, :-1].argmax(axis=1)
    sure = held_out[:, :-1].max(axis=1) >= threshold
    confusion = np.zeros((count, count + 1), np.intp)
    rows = np.flatnonzero(is_held_out)
    np.add.at(confusion, (signs[rows], np.where(sure[rows], best[rows], count)), 1)
    recordings = np.unique(numbers[is_held_out])
    right = sum(
        bool((best[numbers == each] == signs[numbers == each]).mean() > 0.5) for each in recordings
    )
    alone = tuple(each.name for each in lesson.signs if len(each.recordings) < 2)
    chance = at_least(right, len(recordings), 1 / count)
    return Verdict(confusion, right, len(recordings), chance, alone)


def at_least(right: int, tries: int, share: float) -> float:
    """The binomial probability of at least so many successes."""
    return sum(
        math.comb(tries, each) * share**each * (1 - share) ** (tries - each)
        for each in range(right, tries + 1)
    )
