"""The page "Train it live": a model learns while people watch."""

import streamlit as st

import ui
from core.common.errors import UserError
from core.common.formatting import format_share
from core.common.types import SIDE_NAMES, SIDES, Photo
from core.datasets.choosing import chosen_name
from core.datasets.rendering import DEFAULT_RENDERED_COUNT
from core.hands.tflite import ServedModel
from core.images.decoding import PhotoError
from core.synthetic.sample_photos import draw_sample
from core.training_jobs.messages import Learned
from core.training_jobs.queue import training_queue
from core.training_jobs.request import EPOCHS, IMAGES, TrainingRequest, missing_packages
from core.training_jobs.view import TrainingView, remaining_seconds
from core.zoo import FitRecipe, article_specs, get_spec
from ui.confusion import draw_confusion
from ui.live_curves import draw_live_curves
from ui.readings import PhotoInput, read_photos, ready_article_recogniser

PAGE = ui.Page(title="Train it live", icon=":material/model_training:", order=85, group="Learn")

_REFRESH_SECONDS = 1.0
_PERSON = 12
_CLEAR_GAP = 0.01
"""Between training and test accuracy; smaller ones come and go by chance."""
_FIRST_MODEL, _FIRST_IMAGES, _FIRST_EPOCHS = "softmax", 3_000, 5
_TICKET, _OUTCOME = "live training ticket", "live training outcome"
_GIVEN_UP = (
    "The training was given up, because this page did not ask for it for a while: it was closed, "
    "or another page was shown. Start it again."
)


def render() -> None:
    """Draw the page."""
    st.title("Train it live", anchor=False)
    st.markdown(
        "Choose a model and **watch it learn**, here and now. It learns in a process of its own, "
        "and when you leave, it is forgotten; the models of the other pages stay as they are."
    )
    if missing := missing_packages():
        names = " and no ".join(missing)
        st.info(
            f"Nothing can be trained here: where this app runs, there is no {names}, which only "
            "trainings need. On a computer of your own, `make run` installs what is missing and "
            "starts the app.",
            icon=":material/info:",
        )
        return
    ticket = st.session_state.get(_TICKET)
    request = _choose(locked=ticket is not None)
    if ticket is not None:
        st.fragment(_draw_running, run_every=_REFRESH_SECONDS)(ticket)
        return
    if st.button("Train", type="primary", icon=":material/play_arrow:"):
        _begin(request)
    outcome: TrainingView | str | None = st.session_state.get(_OUTCOME)
    if isinstance(outcome, str):
        st.warning(outcome, icon=":material/info:")
    elif outcome is not None:
        _draw_outcome(outcome)


def _choose(locked: bool) -> TrainingRequest:
    left, middle, right = st.columns([2, 3, 2], gap="medium")
    names = list(article_specs())
    model = left.selectbox(
        "Model",
        names,
        index=names.index(_FIRST_MODEL),
        format_func=lambda name: get_spec(name).title,
        key="model",
        bind="query-params",
        disabled=locked,
    )
    images = middle.select_slider(
        "Images to learn from",
        IMAGES,
        value=_FIRST_IMAGES,
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
        help="How often it goes through the images. A logistic regression is fitted as a whole.",
    )
    st.caption(f"{get_spec(model).summary} {_data_words()}")
    return TrainingRequest(model, images, epochs)


def _data_words() -> str:
    name = chosen_name()
    if name is None:
        return (
            f"No dataset is imported, so {DEFAULT_RENDERED_COUNT:,} hands are drawn first; of "
            "those, five of six are learned from."
        )
    return f"It learns from the dataset “{name}”, from all its train images if it has fewer."


def _begin(request: TrainingRequest) -> None:
    try:
        st.session_state[_TICKET] = training_queue().submit(request)
    except UserError as error:
        st.warning(str(error), icon=":material/group:")
        return
    st.session_state.pop(_OUTCOME, None)
    st.rerun()


def _draw_running(ticket: str) -> None:
    view = training_queue().look(ticket)
    if view is None or view.ended:
        training_queue().forget(ticket)
        st.session_state[_OUTCOME] = _GIVEN_UP if view is None else view
        st.session_state.pop(_TICKET, None)
        st.rerun()
    st.button(
        "Stop training", icon=":material/stop:", on_click=training_queue().stop, args=(ticket,)
    )
    if view.state == "waiting":
        _draw_waiting(view)
        return
    ui.headline(_stage(view))
    _draw_progress(view)
    if view.batches:
        draw_live_curves(view)


def _draw_waiting(view: TrainingView) -> None:
    one = view.ahead == 1
    ui.headline(f"In the queue: {view.ahead} {'training' if one else 'trainings'} before yours")
    words = "One model learns at a time, and another one is learning now. Yours begins by itself."
    if view.ahead_seconds is not None:
        words += f" The one before it takes about {_duration(view.ahead_seconds)} more."
    st.markdown(words)


def _stage(view: TrainingView) -> str:
    if view.learned is not None:
        return "Learned; being made ready to try"
    if view.started is None:
        return "Drawing hands to learn from" if view.drawing else "Getting ready"
    if not view.started.batches:
        return "Fitting"
    if not view.batches:
        return "Getting ready"
    latest = view.batches[-1]
    accuracy = format_share(latest.accuracy)
    if len(view.epochs) == latest.epoch:
        accuracy = format_share(view.epochs[-1].test_accuracy)
    return f"Epoch {latest.epoch} of {view.started.epochs} · {accuracy} right so far"


def _draw_progress(view: TrainingView) -> None:
    elapsed = f"{_duration(view.seconds)} so far"
    if view.started is None:
        drawing = view.drawing
        share = 0.0 if drawing is None else drawing.done / drawing.total
        st.progress(share, f"{elapsed}. Loading what trainings need takes a while.")
    elif view.learned is not None:
        st.progress(1.0, f"{elapsed}. The model is being exported.")
    elif not view.started.batches:
        st.progress(0.0, f"{elapsed}. The solver tells nothing until it is done.")
    else:
        left = remaining_seconds(view.started, view.batches, view.epochs)
        words = "measuring how long it takes" if left is None else f"about {_duration(left)} left"
        most = training_queue().limits.seconds
        if left is not None and view.seconds + left > most:
            words += f"; it is ended after {_duration(most)}"
        st.progress(min(view.epochs_seen / view.started.epochs, 1.0), f"{elapsed}, {words}")


def _draw_outcome(view: TrainingView) -> None:
    if view.trouble:
        st.error(view.trouble, icon=":material/error:")
    if view.learned is not None:
        ui.headline(
            f"{format_share(1 - view.learned.errors / view.learned.images)} right · "
            f"{view.learned.errors:,} of {view.learned.images:,} wrong"
        )
    elif view.state == "stopped":
        ui.headline("Stopped")
    if view.batches:
        draw_live_curves(view)
    if view.learned is not None and view.epochs:
        st.header("What you just saw", anchor=False)
        st.markdown(_lesson(view))
        confusion, trial = st.columns(2, gap="large")
        with confusion:
            _draw_matrix(view, view.learned)
        with trial:
            _draw_trial(view)


def _lesson(view: TrainingView) -> str:
    """What happened, in sentences made of its figures."""
    started, last = view.started, view.epochs[-1]
    assert started is not None
    kind = "drawn images" if started.rendered else "images"
    title = get_spec(view.request.model).title
    if started.batches:
        steps = started.batches * started.epochs
        first = (
            f"**{title}** went {_times(started.epochs)} through {started.train_images:,} {kind}, "
            f"in {steps:,} small steps and {_duration(view.seconds)} altogether. "
        )
        if len(view.epochs) > 1:
            first += (
                f"After the first epoch {format_share(view.epochs[0].test_accuracy)} of the test "
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
        f"{seen} it read {format_share(last.train_accuracy)} of these right, and "
        f"{format_share(last.test_accuracy)} of {started.test_images:,} that it never learned from. "
        + ("Part of what it knows, it knows by heart." if by_heart else "So it reads both alike.")
    )


def _draw_matrix(view: TrainingView, learned: Learned) -> None:
    target = get_spec(view.request.model).target
    true = "Fingers up" if target == "fingers" else "Hand"
    draw_confusion("Test images", ui.class_labels(target), learned.confusion, true, "read as")


def _draw_trial(view: TrainingView) -> None:
    """A drawn hand, read by the model that was trained just now."""
    if view.exported is None:
        return
    st.markdown("**Try it on a drawn hand**")
    number = st.segmented_control(
        "Drawn hand", range(6), default=3, required=True, key="drawn", width="stretch"
    )
    assert number is not None
    photo = Photo(draw_sample(number, "R", _PERSON).pixels)
    photo_in = PhotoInput("Drawn hand", f"drawn {number}", photo)
    (reading,) = read_photos([photo_in], False, ready_article_recogniser())
    if isinstance(reading, PhotoError) or not reading.recognition.hands:
        st.info("The hand was not found in this drawing.", icon=":material/search_off:")
        return
    image = reading.recognition.hands[0].prepared.image
    spec = get_spec(view.request.model)
    probabilities = ServedModel(spec.target, view.exported).probabilities(image[None])[0]
    ui.picture(
        image, "What it sees", "Cut out and toned like the dataset.", "A drawn hand, upright, grey."
    )
    labels = [ui.fingers_words(count) for count in range(6)]
    if spec.target == "side":
        labels = [SIDE_NAMES[side].capitalize() for side in SIDES]
    ui.probability_bars("What it answers", labels, [float(each) for each in probabilities])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole / 60:.0f} minutes"


if __name__ == "__main__":
    # Streamlit runs this file itself where a link to it is the server's first visit.
    import streamlit_app

    streamlit_app.main()
