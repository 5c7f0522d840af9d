"""The page that replays trainings: on made-up records, in AppTest and in a real Chromium."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core.artifacts.cards import ArtifactError
from core.artifacts.replay import recorded, replay_of
from core.experiments.records.store import read_record
from tests.helpers.browser import assert_sound, running_app, save_screenshot, settle
from tests.helpers.own_process import ROOT
from tests.helpers.replay_models import LAST, RIGHT, TESTED, records_of, write_all, write_replayable
from ui.replay.player import checked_epoch

OpenPage = Callable[..., AppTest]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models that is still empty, which the page reads."""
    root = tmp_path / "models"
    monkeypatch.setattr("pages.replay.recorded", partial(recorded, root=root))
    monkeypatch.setattr("pages.replay.replay_of", partial(replay_of, root=root))
    experiments = root / "experiments"
    monkeypatch.setattr("pages.replay.read_record", partial(read_record, root=experiments))
    return root


def texts_of(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(element.value for element in [*at.markdown, *at.caption])


def player_of(at: AppTest) -> dict[str, Any]:
    (found,) = at.get("bidi_component")
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def charts_of(at: AppTest) -> list[dict[str, Any]]:
    found = at.get("vega_lite_chart")
    assert all(each.proto.alt for each in found)
    return [json.loads(each.proto.spec) for each in found]


def test_a_replay_is_of_the_shipped_seed(tmp_path: Path) -> None:
    write_replayable(tmp_path, "softmax", "Softmax", records_of(6, 64))
    (card,), _ = recorded(tmp_path)
    replay = replay_of(card, tmp_path)
    assert {each.seed for each in replay.history} == {card.seed}
    assert (replay.history[0].epoch, replay.history[-1].epoch) == (1, LAST)
    assert replay.records is not None


def test_one_step_fits_are_distinguished_from_trainings(tmp_path: Path) -> None:
    write_all(tmp_path)
    over_epochs, at_once = recorded(tmp_path)
    assert [card.name for card in over_epochs] == ["cnn", "dense_128", "softmax"]
    assert [card.name for card in at_once] == ["logistic_2000"]


def test_records_of_another_training_are_refused(tmp_path: Path) -> None:
    card = write_replayable(tmp_path, "softmax", "Softmax", records_of(6, 64), epochs=LAST - 1)
    with pytest.raises(ArtifactError, match="do not match its history"):
        replay_of(card, tmp_path)


def test_the_page_opens_with_the_two_models_whose_weights_are_shown(
    open_page: OpenPage, models: Path
) -> None:
    write_all(models)
    at = open_page("replay").run()
    data = player_of(at)
    assert [each["title"] for each in data["models"]] == ["Softmax", "CNN"]
    assert (data["start"], data["last"], data["scale"], data["least"]) == (None, LAST, "log", 50)
    assert "**Softmax** gets 50.00% of the test images right after one epoch" in texts_of(at)
    assert "“Logistic regression”: fitted in one go" in texts_of(at)
    assert "python -m core train softmax" in texts_of(at)
    assert not at.error


def test_the_player_gets_every_epoch_from_before_training_on(
    open_page: OpenPage, models: Path
) -> None:
    write_all(models)
    softmax, cnn = player_of(open_page("replay").run())["models"]
    assert softmax["testRight"] == pytest.approx([100 * right / TESTED for right in RIGHT])
    assert softmax["wrong"] == [TESTED - right for right in RIGHT]
    assert softmax["testLoss"] == [None, *(1 / 4**number for number in range(LAST))]
    counts = softmax["matrices"]["counts"]
    assert [sum(row[n] for n, row in enumerate(matrix)) for matrix in counts] == list(RIGHT)
    assert softmax["matrices"]["table"].count("<td style=") == 1 + 36
    assert softmax["weights"]["names"][1] == "1 finger"
    assert (cnn["weights"]["images"], cnn["weights"]["width"]) == (64, 4)
    assert cnn["weights"]["epochs"] == [0, LAST]
    assert 0 < cnn["weights"]["limit"] <= 0.002 * 127 * (1 + 1e-6)


@pytest.mark.slow
def test_a_link_reopens_the_same_replay(open_page: OpenPage, models: Path) -> None:
    write_all(models)
    settings = {"models": "Dense, one layer", "axis": "Linear", "view": "From 95% up"}
    at = open_page("replay", epoch="2", **settings).run()
    data = player_of(at)
    assert [each["title"] for each in data["models"]] == ["Dense, one layer"]
    assert (data["start"], data["scale"], data["least"]) == (2, "linear", 95)
    assert data["models"][0]["matrices"] is None
    assert data["models"][0]["weights"] is None
    assert "No confusion matrices were recorded for “Dense, one layer”" in texts_of(at)
    assert charts_of(at)[0]["layer"][0]["encoding"]["y"]["scale"]["type"] == "linear"


@pytest.mark.parametrize(("title", "falls"), [("Dense, three layers", True), ("CNN", False)])
def test_a_decaying_learning_rate_is_reported(open_page: OpenPage, title: str, falls: bool) -> None:
    at = open_page("replay", models=title).run()
    assert (f"“{title}” learned with a falling learning rate" in texts_of(at)) == falls


@pytest.mark.parametrize("text", ["-1", "1e9", "99999999", "²", "<b>", "\0", "x" * 9999])
def test_senseless_settings_give_the_defaults(open_page: OpenPage, models: Path, text: str) -> None:
    write_all(models)
    at = open_page("replay", epoch=text, models=text, axis=text, view=text).run()
    data = player_of(at)
    assert len(data["models"]) == 2
    assert (data["start"], data["scale"], data["least"]) == (None, "log", 50)


@pytest.mark.parametrize("sent", [LAST + 1, -1, True, 1.0, "1", None, 1e9, [1], {"epoch": 1}])
def test_the_browser_sends_an_epoch_or_nothing(sent: object) -> None:
    assert checked_epoch(sent, LAST) is None
    assert [checked_epoch(epoch, LAST) for epoch in (0, LAST)] == [0, LAST]


@pytest.mark.slow
def test_no_model_chosen_is_reported(open_page: OpenPage, models: Path) -> None:
    write_all(models)
    at = open_page("replay").run()
    at.multiselect[0].set_value([]).run()
    assert "Choose a model" in at.info[0].value
    assert not at.get("bidi_component")
    assert len(charts_of(at)) == 4


def test_the_networks_have_panels_on_the_same_axes_and_a_mean_loss_increase(
    open_page: OpenPage, models: Path
) -> None:
    write_all(models)
    at = open_page("replay").run()
    *panels, _ = charts_of(at)
    assert len(panels) == 3
    assert len({str(each["layer"][0]["encoding"]["y"]["scale"]) for each in panels}) == 1
    assert len({str(each["layer"][0]["encoding"]["x"]["scale"]) for each in panels}) == 1
    # A loss that grows fourfold once in three steps.
    rise = f"{100 * (4 ** (1 / 3) - 1):.0f}%"
    assert f"Dense, three layers · {rise}" in at.get("vega_lite_chart")[-1].proto.alt
    assert "**Dense with BatchNorm** is the steadiest, with 0%" in texts_of(at)
    table = at.table[0].value
    assert list(table["seeds"]) == ["2 of 2", "2 of 2", "1 of 2", "0 of 2"]
    assert list(table["largest rise"]) == ["× 4", "× 1", "× 4", "–"]
    assert "`python -m core experiment stability` continues" in texts_of(at)
    assert len(at.dataframe[0].value) == 5 * 4


def test_without_any_record_the_page_says_how_to_get_them(
    open_page: OpenPage, models: Path
) -> None:
    at = open_page("replay").run()
    assert not at.exception
    assert "Choose a model" in at.info[0].value
    assert "python -m core experiment stability" in at.info[-1].value
    assert not at.error


def test_damaged_records_are_reported_and_the_rest_is_shown(
    open_page: OpenPage, models: Path
) -> None:
    write_all(models)
    (models / "softmax" / "epochs.npz").write_bytes(b"nonsense")
    at = open_page("replay").run()
    assert not at.exception
    assert "does not match its card" in at.error[0].value
    assert len(charts_of(at)) == 4


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("models")
    write_all(root)
    with running_app(
        script=ROOT / "tests" / "helpers" / "replay_app.py", arguments=[str(root)]
    ) as url:
        yield url


def right_of(page: Page) -> int:
    """The sum of the diagonal of the first confusion matrix."""
    cells = page.locator(".matrices figure").first.locator("tbody td").all_inner_texts()
    return sum(int(cells[7 * count]) for count in range(6))


def weights_of(page: Page) -> str:
    """The first picture of weights."""
    return str(page.locator(".images canvas").first.evaluate("canvas => canvas.toDataURL()"))


@pytest.mark.browser
def test_the_player_steps_through_the_epochs_and_keeps_the_place_in_the_link(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/replay?epoch=0")
    expect(page.locator(".epoch")).to_have_text("Before training")
    assert right_of(page) == RIGHT[0]
    before = weights_of(page)
    page.get_by_role("button", name="Next epoch").click()
    expect(page.locator(".epoch")).to_have_text(f"Epoch 1 of {LAST}")
    assert right_of(page) == RIGHT[1]
    assert weights_of(page) == before
    page.wait_for_url("**epoch=1**")
    page.get_by_role("slider", name="Epoch").press("End")
    expect(page.locator(".epoch")).to_have_text(f"Epoch {LAST} of {LAST}")
    assert right_of(page) == RIGHT[LAST]
    assert weights_of(page) != before
    expect(page.locator(".values tbody").first).to_contain_text("100.00% · 0 wrong")
    page.wait_for_url(f"**epoch={LAST}**")


@pytest.mark.browser
def test_playing_goes_on_to_the_end_while_settings_change(page: Page, address: str) -> None:
    page.goto(f"{address}/replay")
    expect(page.locator(".epoch")).to_have_text(f"Epoch {LAST} of {LAST}")
    page.get_by_label("Speed").select_option("1 epoch per second")
    page.locator(".play").click()
    expect(page.locator(".epoch")).to_have_text(f"Epoch 1 of {LAST}")
    page.get_by_role("radio", name="Linear").click()
    page.wait_for_url("**axis=Linear**")
    expect(page.locator(".play")).to_have_text("Play")
    expect(page.locator(".epoch")).to_have_text(f"Epoch {LAST} of {LAST}")
    page.locator(".chart.loss").click(position={"x": 53, "y": 60})
    expect(page.locator(".epoch")).to_have_text("Before training")


@pytest.mark.browser
def test_the_replay_fits_every_screen(page: Page, address: str) -> None:
    page.goto(f"{address}/replay")
    expect(page.locator(".epoch")).to_have_text(f"Epoch {LAST} of {LAST}")
    page.get_by_test_id("stVegaLiteChart").nth(3).wait_for()
    pictures = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            settle(page)
            assert_sound(page)
            save_screenshot(page, f"replay_{width}_{scheme}")
        pictures.add(weights_of(page))
    assert len(pictures) == 2, "the colours of the weights follow the theme"
