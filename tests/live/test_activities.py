"""The game and the self-test as pure state machines: no camera, no clock but the given one."""

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import FINGER_COUNTS, SIDES
from core.hands.prediction import Prediction
from core.live.game import HELD, ROUNDS, Game, Round, new_game
from core.live.prompts import LONGEST_PAUSE, Observation, Prompt, Stopwatch, all_prompts
from core.live.self_test import POSE_SECONDS, SelfTest
from core.live.trial_log import ANSWERS, MAX_TRIALS, Proportion, Trial, TrialLog

FRAME = 0.0625
"""Seconds between two frames, a number that adds up exactly."""

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


def play(game: Game, hands: list[Observation], since: float, seconds: float) -> tuple[Game, float]:
    now = since
    while now < since + seconds:
        game = game.updated(hands, now)
        now += FRAME
    return game, now


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_every_hand_is_asked_once_and_no_count_twice_in_a_row(seed: int) -> None:
    order = all_prompts(seed)
    assert len(set(order)) == len(order) == 12
    assert all(one.fingers != other.fingers for one, other in pairwise(order))
    assert order == all_prompts(seed)


def test_different_seeds_ask_in_different_orders() -> None:
    assert len({all_prompts(seed) for seed in range(20)}) == 20


@pytest.mark.parametrize(("fingers", "side"), [(6, "L"), (-1, "R"), (2, "B")])
def test_impossible_hands_are_not_prompts(fingers: int, side: str) -> None:
    with pytest.raises(ValueError, match="no hand"):
        Prompt(fingers, side)  # type: ignore[arg-type]


def test_uncertain_answers_are_observed_as_none() -> None:
    sure = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    unsure = (0.5, 0.5, 0.0, 0.0, 0.0, 0.0)
    assert Observation.of(Prediction(sure, (0.1, 0.9))) == Observation(3, "R", 1.0, 0.9)
    assert Observation.of(Prediction(unsure, (0.5, 0.5))) == Observation(None, None, 0.5, 0.5)
    assert not Observation.of(Prediction(unsure, (0.5, 0.5))).fulfils(Prompt(0, "L"))


def test_the_time_of_a_round_ends_when_the_hand_begins_to_be_shown() -> None:
    game = new_game(1)
    assert game.prompt is not None
    game, now = play(game, [], since=100.0, seconds=2.0)
    prompt = game.prompt
    assert prompt is not None
    game, now = play(game, [shown(prompt)], now, HELD + 2 * FRAME)
    assert game.rounds == (Round(prompt, pytest.approx(2.0)),)  # type: ignore[arg-type]


def test_a_hand_that_passes_by_a_count_does_not_win() -> None:
    game = new_game(2)
    prompt = game.prompt
    assert prompt is not None
    for _ in range(20):
        game = game.updated([], 0.0)
        game = game.updated([shown(prompt)], 0.0)
    assert game.shown == 0.0
    game = game.updated([], 0.0)
    game, _ = play(game, [shown(prompt)], 0.0, HELD / 2)
    assert game.prompt == prompt
    assert not game.rounds


def test_a_hand_that_is_already_shown_is_not_asked() -> None:
    game = new_game(2)
    first, second = game.prompts[:2]
    game, now = play(game, [shown(first)], 0.0, 5.0)
    assert game.prompts == (second, first, *game.prompts[2:])
    game, now = play(game, [shown(second)], now, HELD + 2 * FRAME)
    assert game.rounds == (Round(second, pytest.approx(5.0)),)  # type: ignore[arg-type]


def test_the_last_round_uses_a_spare_prompt_rather_than_what_is_shown() -> None:
    prompts = all_prompts(2)
    game = Game(prompts[:1]).updated([shown(prompts[0])], 0.0)
    assert len(game.prompts) == 1
    assert game.prompt != prompts[0]
    everything = [shown(prompt) for prompt in prompts]
    assert Game(prompts[:1]).updated(everything, 0.0).prompts == prompts[:1]


def test_the_other_hand_and_an_uncertain_answer_do_not_win() -> None:
    game = new_game(3)
    prompt = game.prompt
    assert prompt is not None
    other = Observation(prompt.fingers, "L" if prompt.side == "R" else "R", 0.9, 0.9)
    game, _ = play(game, [other, Observation(None, prompt.side, 0.5, 0.9)], 0.0, 1.0)
    assert not game.rounds


def test_a_camera_pause_restarts_the_round() -> None:
    game, now = play(new_game(4), [], 0.0, 5.0)
    now += LONGEST_PAUSE + 1
    prompt = game.prompt
    assert prompt is not None
    game, now = play(game, [], now, 1.0)
    game, _ = play(game, [shown(prompt)], now, HELD + 2 * FRAME)
    assert game.best == pytest.approx(1.0)


def test_a_skipped_round_counts_without_a_time() -> None:
    game = new_game(5)
    for _ in range(ROUNDS):
        game = game.skipped()
    assert game.over
    assert game.prompt is None
    assert (game.best, game.median, game.times) == (None, None, ())
    assert game.skipped() is game
    assert game.updated([], 1.0) is game


def test_best_and_median_are_of_the_rounds_shown() -> None:
    prompt = Prompt(1, "L")
    rounds = tuple(Round(prompt, seconds) for seconds in (3.0, None, 1.0, 2.5, 2.0))
    game = Game(all_prompts(0)[:ROUNDS], rounds)
    assert (game.best, game.median) == (1.0, 2.25)


def test_more_rounds_than_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="2 rounds of 1 prompts"):
        Game((Prompt(0, "L"),), (Round(Prompt(0, "L"), 1.0),) * 2)


TIMES = st.floats(-1e6, 1e6)


@settings(deadline=None)
@given(
    st.integers(0, 99),
    st.lists(st.none() | st.tuples(st.lists(OBSERVED, max_size=3), TIMES), max_size=60),
)
def test_whatever_happens_a_game_moves_forward(
    seed: int, events: list[tuple[list[Observation], float] | None]
) -> None:
    game = new_game(seed)
    for event in events:
        before = game
        game = game.skipped() if event is None else game.updated(*event)
        assert game.rounds[: len(before.rounds)] == before.rounds
        assert len(game.rounds) - len(before.rounds) in (0, 1)
        assert all(seconds >= 0 for seconds in game.times)
        assert len(set(game.prompts)) == ROUNDS


@settings(deadline=None)
@given(st.lists(TIMES, max_size=20))
def test_a_stopwatch_is_never_negative(times: list[float]) -> None:
    stopwatch = Stopwatch()
    for now in times:
        stopwatch = stopwatch.at(now)
        assert stopwatch.seconds >= 0
        assert stopwatch.newest == now


def test_a_self_test_takes_the_answer_when_its_time_is_up_right_or_wrong() -> None:
    first, second = Prompt(3, "L"), Prompt(5, "R")
    test = SelfTest((first, second))
    errors, now, trials = Observation(2, "L", 0.8, 0.9), 10.0, []
    assert test.seconds_left == POSE_SECONDS
    while test.prompt is not None:
        test, trial = test.updated([] if test.prompt == second else [errors, shown(first)], now)
        now += FRAME
        if trial is not None:
            trials.append(trial)
    assert trials == [Trial(first, errors), Trial(second, None)]
    assert now - 10.0 == pytest.approx(2 * (POSE_SECONDS + FRAME))
    assert test.updated([errors], now) == (test, None)


def test_a_self_test_waits_for_the_camera() -> None:
    test, _ = SelfTest((Prompt(0, "L"),)).updated([], 0.0)
    test, trial = test.updated([], LONGEST_PAUSE + 1.5)
    assert trial is None
    assert test.seconds_left == POSE_SECONDS


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
