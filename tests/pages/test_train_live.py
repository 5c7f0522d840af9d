"""The page "Train it live" as visitors use it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from streamlit.testing.v1 import AppTest

from core.artifacts.store import Epoch, model_folder
from core.training_jobs.job import Limits, Visitor
from core.training_jobs.queue import TrainingQueue
from core.training_jobs.status import BatchProgress, Failed, Finished, Rendering, Started
from tests.helpers.live_trainings import TIMEOUT, Steps, fake_commands, sends

OpenPage = Callable[..., AppTest]

STARTED = Started(True, 500, 100, epochs=2, batches=16)
FITTED = Started(True, 500, 100, epochs=1, batches=0)
BATCHES = (BatchProgress(1, 2, 1.5, 0.25, 3.0), BatchProgress(1, 4, 1.2, 0.5, 4.0))
EPOCHS = tuple(Epoch(0, number, 0.5, 0.9, 0.6, 0.7 + number / 10, 2.0) for number in (1, 2))
BEGINS = [*sends(STARTED, *BATCHES), "wait"]
MATRIX = tuple(
    tuple(15 if row == column else int((row, column) == (2, 3)) * 10 for column in range(6))
    for row in range(6)
)
FINISHES = sends(STARTED, BATCHES[0], *EPOCHS, Finished(MATRIX))


def is_present() -> bool:
    return True


@pytest.fixture
def trainings() -> list[Steps]:
    return []


@pytest.fixture(autouse=True)
def queue(
    trainings: list[Steps], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TrainingQueue]:
    made = TrainingQueue(fake_commands(trainings), Limits(trainings=2, poll=0.02))
    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    monkeypatch.setattr("pages.train_live.training_queue", lambda: made)
    # Every page is opened by another visitor.
    monkeypatch.setattr("pages.train_live.this_visitor", lambda: Visitor(token_hex(), is_present))
    yield made
    made.close()


def texts_of(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(element.value for element in [*at.markdown, *at.caption])


def button(at: AppTest, label: str) -> AppTest:
    (found,) = [each for each in at.button if each.label == label]
    return found.click().run()


def once(at: AppTest, words: str) -> AppTest:
    """The page as soon as it says so."""
    give_up = time.monotonic() + TIMEOUT
    while words not in texts_of(at):
        assert time.monotonic() < give_up, texts_of(at)
        time.sleep(0.05)
        at.run()
    return at


def test_a_training_is_watched_to_its_end(open_page: OpenPage, trainings: list[Steps]) -> None:
    trainings.append(FINISHES)
    at = button(open_page("train_live", images="500", epochs="2").run(), "Train")
    once(at, "10 of 100 wrong")
    assert "What you just saw" in [each.value for each in at.header]
    assert "went through 500 images drawn by the program twice, in 32 small steps" in texts_of(at)
    assert "After the first epoch 80.0% of the test" in texts_of(at)
    (matrix,) = [each.proto.body for each in at.get("html")]
    assert ">10<" in matrix
    charts = at.get("vega_lite_chart")
    assert len(charts) == 2
    assert "Test images, after each epoch: 90." in charts[0].proto.alt
    assert [each.label for each in at.button] == ["Train"]


def test_the_trained_model_classifies_a_synthetic_hand(
    open_page: OpenPage, trainings: list[Steps]
) -> None:
    # As if the shipped model had been trained just now.
    shipped = model_folder("cnn_batch_norm") / "serving.tflite"
    trainings.append([*FINISHES, f"copy:{shipped}"])
    at = once(button(open_page("train_live").run(), "Train"), "10 of 100 wrong")
    assert "Try it on your own hand" in texts_of(at)
    assert len(at.image) == 1
    assert "5 fingers · " in at.get("vega_lite_chart")[2].proto.alt
    at.segmented_control(key="fingers").set_value(3).run()
    assert "3 fingers · " in at.get("vega_lite_chart")[2].proto.alt


def test_curves_grow_while_it_learns_and_stop_ends_it(
    open_page: OpenPage, trainings: list[Steps]
) -> None:
    trainings.append(BEGINS)
    at = button(open_page("train_live").run(), "Train")
    once(at, "Epoch 1 of 2 · 50.0% right so far")
    assert len(at.get("vega_lite_chart")) == 2
    assert at.selectbox[0].disabled
    assert "about 14 s left" in at.get("progress")[0].proto.text
    button(at, "Stop training")
    once(at, "Stopped")
    assert not at.selectbox[0].disabled


@pytest.mark.parametrize(
    ("steps", "stage", "words"),
    [
        ([], "Getting ready", "loading the images"),
        (sends(Rendering(64, 1_800)), "Drawing hands to learn from", "64 of 1,800 hands drawn"),
        (sends(STARTED), "Starting TensorFlow", "usually takes 5 to 20 s to start"),
        (sends(FITTED), "Fitting", "until it is done"),
        (
            sends(FITTED, Finished(MATRIX)),
            "preparing the model to try",
            "needs TensorFlow, which is starting",
        ),
        (sends(STARTED, Finished(MATRIX)), "preparing the model to try", "Exporting the model."),
    ],
)
def test_every_stage_says_what_it_waits_for(
    open_page: OpenPage, trainings: list[Steps], steps: Steps, stage: str, words: str
) -> None:
    trainings.append([*steps, "wait"])
    at = once(button(open_page("train_live").run(), "Train"), stage)
    assert words in at.get("progress")[0].proto.text


@pytest.mark.slow
def test_the_second_visitor_sees_that_it_waits(open_page: OpenPage, trainings: list[Steps]) -> None:
    trainings += [BEGINS, FINISHES]
    first = once(button(open_page("train_live").run(), "Train"), "Epoch 1 of 2")
    second = button(open_page("train_live").run(), "Train")
    assert "In the queue: 1 training before yours" in texts_of(second)
    assert "needs about 14 s more" in texts_of(second)
    assert not second.get("vega_lite_chart")
    third = button(open_page("train_live").run(), "Train")
    assert "2 trainings are running or waiting already" in third.warning[0].value
    button(first, "Stop training")
    once(second, "10 of 100 wrong")


def test_another_tab_of_the_same_visitor_is_refused(
    open_page: OpenPage, trainings: list[Steps], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor("a browser", is_present)
    monkeypatch.setattr("pages.train_live.this_visitor", lambda: visitor)
    trainings.append(BEGINS)
    first = button(open_page("train_live").run(), "Train")
    second = button(open_page("train_live").run(), "Train")
    assert "Another training of yours is running" in second.warning[0].value
    button(first, "Stop training")
    once(first, "Stopped")
    trainings.append(FINISHES)
    once(button(second, "Train"), "10 of 100 wrong")


@pytest.mark.parametrize(
    ("steps", "words"),
    [(["exit:3"], "ended unexpectedly"), (sends(Failed("It is damaged.")), "It is damaged.")],
)
def test_a_training_that_fails_is_reported(
    open_page: OpenPage, trainings: list[Steps], steps: Steps, words: str
) -> None:
    trainings.append(steps)
    at = button(open_page("train_live").run(), "Train")
    give_up = time.monotonic() + TIMEOUT
    while not at.error and time.monotonic() < give_up:
        time.sleep(0.05)
        at.run()
    assert words in at.error[0].value


def test_a_training_that_was_given_up_is_reported(
    open_page: OpenPage, trainings: list[Steps], queue: TrainingQueue
) -> None:
    trainings.append(["exit:3"])
    at = button(open_page("train_live").run(), "Train")
    at.session_state["training job"] = "an id that is not there"
    at.run()
    assert "was cancelled" in at.warning[0].value


def test_without_tensorflow_the_page_says_so(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.train_live.missing_packages", lambda: ("TensorFlow", "Keras"))
    at = open_page("train_live").run()
    assert not at.exception
    assert "no TensorFlow and no Keras" in at.info[0].value
    assert not at.button


def test_a_link_reopens_the_same_training(open_page: OpenPage) -> None:
    at = open_page("train_live", model="CNN", images="1,000", epochs="2").run()
    assert at.selectbox[0].value == "cnn"
    assert [each.value for each in at.select_slider] == [1_000, 2]


@pytest.mark.parametrize("text", ["-1", "1e400", "<b>", "\0", "x" * 9999])
def test_senseless_settings_give_the_defaults(open_page: OpenPage, text: str) -> None:
    at = open_page("train_live", **dict.fromkeys(("model", "images", "epochs"), text)).run()
    assert not at.exception
    assert [each.value for each in at.select_slider] == [1_500, 5]
