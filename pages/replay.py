"""The page "Replay training": recorded trainings, epoch by epoch, and how steady they are."""

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.artifacts.cards import Card
from core.artifacts.replay import Replay, recorded, replay_of
from core.artifacts.store import Epoch
from core.common.formatting import format_share
from core.experiments.records.store import Provenance, read_record
from core.experiments.stability import NetStability, StabilityRecord
from ui.charts.bars import draw_value_bars
from ui.charts.curves import Scale, choose_accuracies, least_shown
from ui.charts.stability import draw_stability, loss_axis
from ui.choice import choose_one
from ui.page import Page, errors_shown, run_app
from ui.provenance import Measured, draw_how_measured, draw_table_and_download
from ui.replay.player import MAX_MODELS, draw_player

PAGE = Page(title="Replay training", icon=":material/replay:", order=80, group="Learn")

_FIRST_CHOICE = ("softmax", "cnn")
"""What a fresh visitor sees, where it is trained: the two whose weights can be seen."""

_SCALES: dict[Scale, str] = {"log": "Logarithmic", "linear": "Linear"}
_STABILITY_COMMAND = "python -m core experiment stability"


def render() -> None:
    """Draw the page."""
    st.title("Replay training", anchor=False)
    st.markdown(
        "The article's models learned in passes through the training images, called **epochs**. "
        "After each one they were tested, and the results were recorded. Replay them here."
    )
    place = st.container()
    with st.container(horizontal=True, gap="large"):
        scale = choose_one("Scale of the loss", _SCALES, key="axis")
        high_ones = choose_accuracies("view")
    replays = _draw_replays(place, scale, high_ones)
    steadiness = _draw_stability(scale)
    trained = [
        Measured(_provenance(each.card), f"python -m core train {each.card.name}", each.card.title)
        for each in replays
    ]
    draw_how_measured(*trained, *steadiness)


def _draw_replays(place: DeltaGenerator, scale: Scale, high_ones: bool) -> list[Replay]:
    """Ask in its place which models to replay, and replay them."""
    replays: list[Replay] = []
    with errors_shown():
        over_epochs, at_once = recorded()
        with place:
            chosen = _choose_models(over_epochs)
        replays = [replay_of(card) for card in chosen]
        if replays:
            st.markdown(" ".join(_result_words(each) for each in replays))
            lowest = min(
                accuracy
                for each in replays
                for epoch in each.history
                for accuracy in (epoch.train_accuracy, epoch.test_accuracy)
            )
            _draw_player(replays, scale, least_shown(high_ones, lowest))
            _draw_notes(replays)
        else:
            st.info("Choose a model to replay.", icon=":material/replay:")
        if at_once:
            st.caption(
                f"{_listed(at_once)}: fitted in one go, without epochs, so there is nothing "
                "to replay."
            )
    return replays


def _choose_models(cards: Sequence[Card]) -> list[Card]:
    by_name = {card.name: card for card in cards}
    first = [name for name in _FIRST_CHOICE if name in by_name] or list(by_name)[:1]
    names = st.multiselect(
        "Models",
        list(by_name),
        default=first,
        format_func=lambda name: by_name[name].title,
        max_selections=MAX_MODELS,
        key="models",
        bind="query-params",
        placeholder="Choose a model",
    )
    return [by_name[name] for name in names]


def _result_words(replay: Replay) -> str:
    first, last = (
        format_share(each.test_accuracy, 2) for each in (replay.history[0], replay.history[-1])
    )
    return (
        f"**{replay.card.title}** gets {first} of the test images right after one epoch, and "
        f"{last} after {replay.history[-1].epoch}."
    )


@st.fragment
def _draw_player(replays: Sequence[Replay], scale: Scale, least: float) -> None:
    text = st.query_params.get("epoch", "")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None

    def keep_in_link(epoch: int) -> None:
        st.query_params["epoch"] = f"{epoch}"

    draw_player(replays, scale, least, start, keep_in_link, key="player")


def _draw_notes(replays: Sequence[Replay]) -> None:
    st.caption(
        "Values on training images are means over the epoch, while the model was still learning; "
        "those on test images are taken after it. That is why a test value can be the better one. "
        "Losses are recorded to a millionth, and smaller ones are drawn as a millionth."
    )
    falling = [each.card for each in replays if each.card.on_dataset.cosine_decay]
    if falling:
        st.caption(
            f"{_listed(falling)} learned with a falling learning rate, unlike in the article, so "
            "that the loss does not jump in the last epochs."
        )
    mirrored = [each.card for each in replays if each.card.on_dataset.horizontal_flip]
    if mirrored:
        st.caption(
            f"{_listed(mirrored)} saw each image either as it is or mirrored, at random in each "
            "epoch, unlike in the article: a mirror does not change the count, and some test "
            "images look like a training image only when mirrored."
        )
    bare = [each.card for each in replays if each.records is None]
    if bare:
        commands = ", ".join(f"`python -m core train {card.name}`" for card in bare)
        st.caption(
            f"No confusion matrices were recorded for {_listed(bare)}. Training again records "
            f"them: {commands}."
        )


def _listed(cards: Sequence[Card]) -> str:
    return ", ".join(f"“{card.title}”" for card in cards)


def _provenance(card: Card) -> Provenance:
    return Provenance(card.on_dataset.data, card.seed, card.versions, card.machine, card.created)


def _draw_stability(scale: Scale) -> list[Measured]:
    """Draw it; returns how it was measured, nothing where it was not."""
    st.header("How steady is it?", anchor=False)
    measured: list[Measured] = []
    with errors_shown():
        measured.append(_draw_steadiness(read_record("stability", StabilityRecord), scale))
    return measured


def _draw_steadiness(record: StabilityRecord, scale: Scale) -> Measured:
    nets = [net for net in record.nets if net.curves]
    st.markdown(
        "A single training may be lucky. Here every network learned with several **seeds**, which "
        "decide its initial weights and the order of the images. Thin lines are single seeds, the "
        "thick line is their median, and the band spans the lowest to the highest."
    )
    up, epochs = loss_axis(nets, scale), max(net.epochs for net in nets)
    for start in range(0, len(nets), 2):
        row = zip(st.columns(2, gap="large"), nets[start : start + 2], strict=False)
        for place, net in row:
            with place:
                draw_stability(net, epochs, up)
    _draw_loss_increases(record, nets)
    trained_on = "; ".join(
        f"{count} of these trainings ran on {machine}" for machine, count in record.machines.items()
    )
    return Measured(record.provenance, _STABILITY_COMMAND, f"How steady it is: {trained_on}.")


def _draw_loss_increases(record: StabilityRecord, nets: Sequence[NetStability]) -> None:
    loss_increases = [(net, _rise(net.mean_loss_increase)) for net in nets]
    best, worst = (end(loss_increases, key=lambda each: each[1]) for end in (min, max))
    if worst[1] > best[1]:
        st.markdown(
            f"**{worst[0].title}** is the least steady: from one epoch to the next its test loss "
            f"rises by {format_share(worst[1], 0)} on average. **{best[0].title}** is the "
            f"steadiest, with {format_share(best[1], 0)}."
        )
    draw_value_bars(
        "Mean rise of the test loss",
        "Mean rise per epoch (%)",
        [(net.title, 100 * rise, format_share(rise, 0)) for net, rise in loss_increases],
    )
    st.table([_row(net, record) for net in record.nets], hide_index=True)
    st.caption(
        "The mean rise is the geometric mean of the factors by which the loss changes from one "
        "epoch to the next, where a fall counts as no change; the table gives the median of all "
        "seeds. Losses below 0.0001 count as 0.0001."
    )
    if not record.finished:
        st.caption(f"Not all seeds are trained yet. `{_STABILITY_COMMAND}` continues.")
    draw_table_and_download(
        [_epoch_row(net, epoch) for net in nets for seed in net.curves for epoch in seed.epochs],
        "stability.csv",
        "Loss and accuracy of every network, seed and epoch.",
    )


def _rise(factor: float | None) -> float:
    """A factor as the share by which it is above 1."""
    return (factor or 1.0) - 1


def _rounded(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"


def _row(net: NetStability, record: StabilityRecord) -> dict[str, str]:
    known = bool(net.curves)
    return {
        "network": net.title,
        "seeds": f"{len(net.curves)} of {len(record.seeds)}",
        "epochs": f"{net.epochs}",
        "mean rise": format_share(_rise(net.mean_loss_increase), 0) if known else "–",
        "largest rise": f"× {_rounded(net.max_loss_increase or 1.0)}" if known else "–",
    }


def _epoch_row(net: NetStability, epoch: Epoch) -> dict[str, str | int | float]:
    columns = {name.replace("_", " "): value for name, value in asdict(epoch).items()}
    return {"network": net.title} | columns


if __name__ == "__main__":
    run_app()
