"""What the experiment ``cut_outs`` records: real photos read with three ways to find the hand."""

from dataclasses import dataclass

from core.common.serialization import AtLeastOne, Share, Text
from core.common.types import Target
from core.experiments.records.store import Provenance


@dataclass(frozen=True)
class GroupedShare:
    """The share of right answers, and its 95% interval with people as groups."""

    value: Share
    low: Share
    high: Share

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"the share is outside its interval: {self}")


@dataclass(frozen=True)
class CutOutResult:
    """One model and one question on real photos; a hand that is not found counts as wrong.

    Attributes:
        name, title: of the model.
        target: what was asked.
        images: number of photos.
        people: number of people, sessions or sources that they are of.
        own: with the hand found the model's own way.
        detector: with the hand detector's cut-out.
        dataset: with that cut-out in the dataset's look.
    """

    name: Text
    title: Text
    target: Target
    images: AtLeastOne
    people: AtLeastOne
    own: GroupedShare
    detector: GroupedShare
    dataset: GroupedShare


@dataclass(frozen=True)
class CutOutRecord:
    """The results of all models, in alphabetical order, with the hand models of that day."""

    provenance: Provenance
    results: tuple[CutOutResult, ...]

    def __post_init__(self) -> None:
        asked = [(each.name, each.target) for each in self.results]
        if not asked or asked != sorted(set(asked)):
            raise ValueError("the models are not in order")
