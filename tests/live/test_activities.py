"""What is kept of games and self-tests; the browser judges them: ``tests/ui/live``."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import FINGER_COUNTS, SIDES
from core.hands.prediction import Prediction
from core.live.game import ROUNDS, Game, Round
from core.live.prompts import ALL_PROMPTS, Observation, Prompt
from core.live.trial_log import ANSWERS, MAX_TRIALS, Proportion, Trial, TrialLog

TASKS = st.builds(Prompt, st.sampled_from(FINGER_COUNTS), st.sampled_from(SIDES))
PROBABILITIES = st.floats(0.2, 1)
OBSERVED = st.builds(
    Observation,
    st.none() | st.sampled_from(FINGER_COUNTS),
    st.none() | st.sampled_from(SIDES),
    PROBABILITIES,
    PROBABILITIES,
)
TRIALS = st.builds(Trial, TASKS, st.none() | OBSERVED)


def shown(prompt: Prompt) -> Observation:
    return Observation(prompt.fingers, prompt.side, 0.99, 0.99)


@pytest.mark.parametrize(("fingers", "side"), [(6, "L"), (-1, "R"), (2, "B")])
def test_impossible_hands_are_not_prompts(fingers: int, side: str) -> None:
    with pytest.raises(ValueError, match="no hand"):
        Prompt(fingers, side)  # type: ignore[arg-type]


def test_uncertain_answers_are_observed_as_none() -> None:
    sure = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    unsure = (0.5, 0.5, 0.0, 0.0, 0.0, 0.0)
    assert Observation.of(Prediction(sure, (0.1, 0.9))) == Observation(3, "R", 1.0, 0.9)
    assert Observation.of(Prediction(unsure, (0.5, 0.5))) == Observation(None, None, 0.5, 0.5)


def test_a_game_keeps_its_rounds_and_asks_for_each_hand_once() -> None:
    game = Game(7)
    assert (game.best, game.median, game.times) == (None, None, ())
    for prompt in ALL_PROMPTS:
        for seconds in (1.5, None):
            game = game.with_round(Round(prompt, seconds))
    assert [each.prompt for each in game.rounds] == list(ALL_PROMPTS[:ROUNDS])
    assert game.times == (1.5,) * ROUNDS


def test_best_and_median_are_of_the_rounds_shown() -> None:
    seconds = (3.0, None, 1.0, 2.5, 2.0)
    game = Game(1, tuple(Round(*each) for each in zip(ALL_PROMPTS, seconds, strict=False)))
    assert (game.best, game.median) == (1.0, 2.25)


def example() -> TrialLog:
    three = Prompt(3, "L")
    answers = [shown(three), Observation(2, "L", 0.7, 0.9), Observation(None, None, 0.4, 0.5), None]
    trial_log = TrialLog()
    for observed in answers:
        trial_log = trial_log.with_trial(Trial(three, observed))
    return trial_log


def test_a_log_counts_no_hand_and_not_sure_as_wrong() -> None:
    trial_log = example()
    assert trial_log.matrix[3] == (0, 0, 1, 1, 0, 0, 1, 1)
    assert sum(map(sum, trial_log.matrix)) == 4
    assert trial_log.counts == Proportion(1, 4)
    assert trial_log.sides == Proportion(2, 4)
    assert Proportion(1, 4).interval == pytest.approx((0.0456, 0.6994), abs=1e-4)


def test_an_empty_log_claims_nothing() -> None:
    assert TrialLog().counts is None
    assert TrialLog().sides is None
    with pytest.raises(ValueError, match="no share"):
        Proportion(0, 0)


def test_a_log_can_be_exported_as_csv() -> None:
    lines = list(csv.DictReader(io.StringIO(example().as_csv().decode("utf-8-sig"))))
    assert [line["answered count"] for line in lines] == ["3", "2", "not sure", "no hand"]
    assert [line["answered hand"] for line in lines] == ["left", "left", "not sure", "no hand"]
    assert [line["count right"] for line in lines] == ["yes", "no", "no", "no"]
    assert [line["hand right"] for line in lines] == ["yes", "yes", "no", "no"]
    assert lines[1]["probability of the count"] == "0.7000"
    assert lines[3]["probability of the hand"] == ""
    assert {line["shown count"] for line in lines} == {"3"}


@settings(deadline=None)
@given(st.lists(TRIALS, max_size=30))
def test_matrix_shares_and_csv_agree(trials: list[Trial]) -> None:
    trial_log = TrialLog()
    for trial in trials:
        trial_log = trial_log.with_trial(trial)
    matrix = trial_log.matrix
    assert all(len(row) == len(ANSWERS) for row in matrix)
    assert sum(map(sum, matrix)) == len(trials)
    lines = list(csv.DictReader(io.StringIO(trial_log.as_csv().decode("utf-8-sig"))))
    right = [line for line in lines if line["count right"] == "yes"]
    assert len(lines) == len(trials)
    assert sum(matrix[count][count] for count in FINGER_COUNTS) == len(right)
    if trial_log.counts is not None:
        assert trial_log.counts.right == len(right)


def test_a_log_is_bounded() -> None:
    trial, newest = Trial(Prompt(0, "L"), None), Trial(Prompt(1, "L"), None)
    trial_log = TrialLog((trial,) * MAX_TRIALS).with_trial(newest)
    assert len(trial_log.trials) == MAX_TRIALS
    assert trial_log.trials[-1] == newest
