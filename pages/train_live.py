"""The page "Train it live": a model learns while people watch."""

import streamlit as st

from core.common.errors import UserError
from core.common.formatting import format_share
from core.datasets.rendering import DEFAULT_RENDERED_COUNT, chosen_name, training_images
from core.hands.tflite import ServedNet
from core.images.decoding import PhotoError
from core.training_jobs.queue import training_queue
from core.training_jobs.request import EPOCHS, TrainingRequest, image_choices, missing_packages
from core.training_jobs.status import TrainingStatus
from core.zoo import FitRecipe, article_specs, get_spec
from ui.charts.bars import draw_probability_bars
from ui.charts.confusion_matrix import draw_confusion
from ui.charts.training_curves import draw_live_curves
from ui.choice import choose_one
from ui.data.first_images import draw_first_images
from ui.page import Page, draw_headline, draw_picture, run_app
from ui.photo.reading import read_photos
from ui.photo_input import choose_photos
from ui.server.identity import this_visitor
from ui.server.models import ready_article_recogniser
from ui.wording import SIDE_LABELS, class_labels, fingers_words

PAGE = Page(title="Train it live", icon=":material/model_training:", order=85, group="Learn")

_REFRESH_SECONDS = 1.0
_CLEAR_GAP = 0.01
"""Between training and test accuracy; smaller ones come and go by chance."""
_FIRST_MODEL, _MOST_IMAGES_AT_FIRST, _FIRST_EPOCHS = "cnn", 3_000, 5
_JOB, _OUTCOME = "training job", "training outcome"
_GIVEN_UP = (
    "The training was cancelled because this page was closed for a while, or another page was "
    "shown. Start it again."
)


def render() -> None:
    """Draw the page."""
    st.title("Train it live", anchor=False)
    st.markdown(
        "Choose a model and **watch it learn**, here and now. When you leave, it is forgotten; the "
        "models on the other pages stay as they are."
    )
    if missing := missing_packages():
        names = " and no ".join(missing)
        st.info(
            f"Nothing can be trained here: this server has no {names}, which only training needs. "
            "On your own computer, `make run` installs what is missing and starts the app.",
            icon=":material/info:",
        )
        return
    job_id = st.session_state.get(_JOB)
    request = _choose(locked=job_id is not None)
    if job_id is not None:
        st.fragment(_draw_running, run_every=_REFRESH_SECONDS)(job_id)
        return
    if st.button("Train", type="primary", icon=":material/play_arrow:"):
        _begin(request)
    outcome: TrainingStatus | str | None = st.session_state.get(_OUTCOME)
    if isinstance(outcome, str):
        st.warning(outcome, icon=":material/info:")
    elif outcome is not None:
        _draw_outcome(outcome)


def _choose(locked: bool) -> TrainingRequest:
    left, middle, right = st.columns([2, 3, 2], gap="medium")
    titles = {name: spec.title for name, spec in article_specs().items()}
    model = choose_one("Model", titles, "model", _FIRST_MODEL, left, listed=True, disabled=locked)
    choices = image_choices(training_images())
    images = middle.select_slider(
        "Images to learn from",
        choices,
        value=max(each for each in choices if each <= _MOST_IMAGES_AT_FIRST),
        format_func=lambda count: f"{count:,}",
        key="images",
        bind="query-params",
        disabled=locked,
    )
    epochs = right.select_slider(
        "Epochs",
        EPOCHS,
        value=_FIRST_EPOCHS,
        key="epochs",
        bind="query-params",
        disabled=locked or isinstance(get_spec(model).recipe, FitRecipe),
        help="How often it goes through the images. A logistic regression is fitted in one go.",
    )
    st.caption(f"{get_spec(model).summary} {_data_words()}")
    return TrainingRequest(model, images, epochs)


def _data_words() -> str:
    name = chosen_name()
    if name is None:
        return (
            f"No dataset is imported, so {DEFAULT_RENDERED_COUNT:,} hands are drawn first, and "
            "five in six of them are used for training."
        )
    return f"It learns from the dataset “{name}”."


def _begin(request: TrainingRequest) -> None:
    try:
        st.session_state[_JOB] = training_queue().submit(request, this_visitor())
    except UserError as error:
        st.warning(str(error), icon=":material/group:")
        return
    st.session_state.pop(_OUTCOME, None)
    st.rerun()


def _draw_running(job_id: str) -> None:
    status = training_queue().status(job_id)
    if status is None or status.ended:
        training_queue().delete(job_id)
        st.session_state[_OUTCOME] = _GIVEN_UP if status is None else status
        st.session_state.pop(_JOB, None)
        st.rerun()
    st.button(
        "Stop training", icon=":material/stop:", on_click=training_queue().stop, args=(job_id,)
    )
    if status.state == "waiting":
        _draw_waiting(status)
        return
    draw_headline(_stage(status))
    share, words = _progress(status)
    st.progress(share, f"{_duration(status.seconds)} so far{words}")
    if status.batches:
        draw_live_curves(status)
    elif status.finished is None:
        draw_first_images()


def _draw_waiting(status: TrainingStatus) -> None:
    one = status.ahead == 1
    draw_headline(f"In the queue: {status.ahead} {'training' if one else 'trainings'} before yours")
    words = "One model learns at a time, and another one is learning now. Yours starts by itself."
    if status.ahead_seconds is not None:
        words += f" The current one needs about {_duration(status.ahead_seconds)} more."
    st.markdown(words)


def _stage(status: TrainingStatus) -> str:
    started = status.started
    if status.finished is not None:
        return "Trained; preparing the model to try"
    if started is None:
        return "Drawing hands to learn from" if status.rendering else "Getting ready"
    if not started.batches:
        return "Fitting"
    if not status.batches:
        return "Starting TensorFlow"
    latest = status.batches[-1]
    accuracy = format_share(latest.accuracy)
    if len(status.epochs) == latest.epoch:
        accuracy = format_share(status.epochs[-1].test_accuracy)
    return f"Epoch {latest.epoch} of {started.epochs} · {accuracy} right so far"


def _progress(status: TrainingStatus) -> tuple[float, str]:
    """How much is done, 0 to 1, and what to say of it after the time so far."""
    started, rendering = status.started, status.rendering
    if started is None:
        if rendering is not None:
            done, total = rendering.done, rendering.total
            return done / total, f". {done:,} of {total:,} hands drawn."
        return 0.0, ". Starting, and loading the images."
    if status.finished is not None:
        # A model that is fitted as a whole has not needed it so far.
        tensorflow = "" if started.batches else " That needs TensorFlow, which is starting."
        return 1.0, f". Exporting the model.{tensorflow}"
    if not started.batches:
        return 0.0, ". The solver reports nothing until it is done."
    if not status.batches:
        return 0.0, (
            ". TensorFlow usually takes 5 to 20 s to start. After that the epochs of a small "
            "model follow one another quickly."
        )
    left, most = status.remaining_seconds, training_queue().limits.seconds
    words = "measuring how long it takes" if left is None else f"about {_duration(left)} left"
    if left is not None and status.seconds + left > most:
        words += f"; it is stopped after {_duration(most)}"
    return min(status.epochs_seen / started.epochs, 1.0), f", {words}"


def _draw_outcome(status: TrainingStatus) -> None:
    if status.error:
        st.error(status.error, icon=":material/error:")
    if status.finished is not None:
        draw_headline(
            f"{format_share(1 - status.finished.errors / status.finished.images)} right · "
            f"{status.finished.errors:,} of {status.finished.images:,} wrong"
        )
    elif status.state == "stopped":
        draw_headline("Stopped")
    if status.batches:
        draw_live_curves(status)
    if status.finished is not None and status.epochs:
        st.header("What you just saw", anchor=False)
        st.markdown(_lesson(status))
        confusion, trial = st.columns(2, gap="large")
        with confusion:
            target = get_spec(status.request.model).target
            true = "Fingers up" if target == "fingers" else "Hand"
            confusion_matrix = status.finished.confusion
            draw_confusion("Test images", class_labels(target), confusion_matrix, true, "read as")
        with trial:
            _draw_trial(status)


def _lesson(status: TrainingStatus) -> str:
    """What happened, in sentences made of its figures."""
    started, last = status.started, status.epochs[-1]
    assert started is not None
    kind = "images drawn by the program" if started.rendered else "images"
    title = get_spec(status.request.model).title
    if started.batches:
        steps = started.batches * started.epochs
        times = {1: "once", 2: "twice"}.get(started.epochs, f"{started.epochs} times")
        first = (
            f"**{title}** went through {started.train_images:,} {kind} {times}, "
            f"in {steps:,} small steps. That took {_duration(status.seconds)}. "
        )
        if len(status.epochs) > 1:
            first += (
                f"After the first epoch {format_share(status.epochs[0].test_accuracy)} of the test "
                f"images were right, after the last {format_share(last.test_accuracy)}. "
            )
    else:
        first = (
            f"**{title}** was fitted to {started.train_images:,} {kind} as a whole, in "
            f"{last.seconds:.1f} s. "
        )
    seen = "In the last epoch" if started.batches else "Then"
    by_heart = last.train_accuracy - last.test_accuracy >= _CLEAR_GAP
    return first + (
        f"{seen} it got {format_share(last.train_accuracy)} of these right, and "
        f"{format_share(last.test_accuracy)} of {started.test_images:,} that it had never seen. "
        + ("So it knows some of them by heart." if by_heart else "So it does as well on both.")
    )


def _draw_trial(status: TrainingStatus) -> None:
    """A photo of the visitor's, or a drawn hand, read by the model that was trained just now."""
    if status.exported is None:
        return
    st.markdown("**Try it on your own hand**")
    photo_inputs, mirrored = choose_photos(most=1)
    if not photo_inputs:
        return
    (reading,) = read_photos(photo_inputs, mirrored, ready_article_recogniser())
    if isinstance(reading, PhotoError):
        st.error(str(reading), icon=":material/broken_image:")
        return
    if not reading.recognition.hands:
        st.info(
            "No hand found. This model needs one that stands out from a plain background.",
            icon=":material/search_off:",
        )
        return
    image = reading.recognition.hands[0].prepared.image
    spec = get_spec(status.request.model)
    probabilities = ServedNet(status.exported, spec.target).probabilities(image[None])[0]
    draw_picture(
        image,
        "What it sees",
        "Cropped, with the brightness of the dataset.",
        "The hand, upright, grey.",
    )
    labels = [fingers_words(count) for count in range(6)]
    if spec.target == "side":
        labels = list(SIDE_LABELS.values())
    draw_probability_bars("What it answers", labels, [float(each) for each in probabilities])


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole / 60:.0f} minutes"


if __name__ == "__main__":
    run_app()
