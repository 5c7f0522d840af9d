"""The app's pages as visitors use them: every input, every answer, every way to go wrong."""

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import numpy as np
import pytest
from browser import encoded, surely_read_sample
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

import streamlit_app
import ui
from core.cards import ArtifactError
from core.photos import MAX_BYTES
from core.prediction import Prediction
from core.recognition import field_recogniser, recognise
from core.renderer import PhotoSettings, draw_photo
from core.types import SIDE_NAMES, Photo, Side
from ui import readings
from ui.navigation import find_pages
from ui.photo_table import Cell, as_csv

ROOT = Path(__file__).resolve().parents[1]
FIRST_ANSWER = f"{ui.fingers_words(ui.FIRST_SAMPLE[0])} · {SIDE_NAMES[ui.FIRST_SAMPLE[1]]} hand"
PAGE_NAMES = [module.__name__.rpartition(".")[2] for module in find_pages()]

OpenPage = Callable[..., AppTest]


def answer_of(at: AppTest) -> str:
    """The headline of the page, and nothing that went wrong."""
    assert not at.exception
    return next(text.value for text in at.markdown if 'role="status"' in text.value)


def texts_of(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.caption])


def upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, content in files:
        at.file_uploader[0].upload(name, content, "image/jpeg")
    return at.run()


@pytest.fixture(scope="module")
def right_one() -> bytes:
    return encoded(surely_read_sample(1, "R"))


@pytest.fixture(scope="module")
def wall() -> bytes:
    return encoded(np.full((240, 320, 3), 200, np.uint8))


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_page_opens(open_page: OpenPage, name: str) -> None:
    at = open_page(name).run()
    assert not at.exception
    assert at.title


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_a_page_that_streamlit_runs_as_a_script_opens_the_app(name: str) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60).run()
    assert not at.exception
    assert at.title


def test_the_app_opens_with_a_sample_that_is_read_right() -> None:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert FIRST_ANSWER in answer_of(at)
    assert "the answer is **correct**" in texts_of(at)
    assert "palm or back" in texts_of(at)
    # The photo, the image the model saw, and the two steps: the finder's view and the crop.
    assert len(at.image) == 4


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize("fingers", range(6))
def test_every_sample_shows_an_answer(open_page: OpenPage, fingers: int, side: str) -> None:
    at = open_page("try_it", fingers=str(fingers), hand=side, person="3").run()
    assert answer_of(at)
    assert f"drawn as {ui.fingers_words(fingers)}, {side.lower()} hand" in texts_of(at)


def test_an_upload_is_read(open_page: OpenPage, right_one: bytes) -> None:
    at = open_page("try_it", source="Upload").run()
    assert "The answer appears here." in at.info[0].value
    upload(at, ("hand.jpg", right_one))
    assert "1 finger · right hand" in answer_of(at)
    assert "drawn as" not in texts_of(at)


def test_a_photo_of_the_camera_is_read(open_page: OpenPage, right_one: bytes) -> None:
    at = open_page("try_it", source="Camera").run()
    assert not at.exception
    at.camera_input[0].upload("photo.jpg", right_one).run()
    assert "1 finger · right hand" in answer_of(at)


def test_the_mirror_switch_exchanges_the_side(open_page: OpenPage) -> None:
    at = open_page("try_it").run()
    straight = answer_of(at)
    other: Side = "R" if ui.FIRST_SAMPLE[1] == "L" else "L"
    at.toggle(key="mirror").set_value(True).run()
    assert f"{SIDE_NAMES[other]} hand" in answer_of(at)
    at.toggle(key="mirror").set_value(False).run()
    assert answer_of(at) == straight


def test_two_hands_get_two_numbered_answers(open_page: OpenPage) -> None:
    at = open_page("try_it", source="Upload").run()
    for seed in range(900, 906):
        settings = PhotoSettings(
            width=640, height=480, hands=2, size=(0.4, 0.6), tilt=(-20, 20), disturbance=0.2
        )
        photo = draw_photo(seed, settings).pixels
        if len(recognise(Photo(photo), field_recogniser()).hands) == 2:
            break
    else:
        pytest.fail("both hands of no drawn photo are found")
    upload(at, ("both.png", encoded(photo, ".png")))
    heads = [text.value for text in at.markdown if 'role="status"' in text.value]
    assert [head.partition(">")[2][:2] for head in heads] == ["1.", "2."]
    assert "The boxes are around the 2 hands" in texts_of(at)


def test_the_article_s_models_read_the_same_photo_on_demand(open_page: OpenPage) -> None:
    at = open_page("try_it", compare="true").run()
    assert not at.exception
    assert any("read by the article" in header.value for header in at.header)
    at.toggle(key="compare").set_value(False).run()
    assert not any("read by the article" in header.value for header in at.header)


def test_the_page_tells_the_lab_from_the_field(open_page: OpenPage) -> None:
    at = open_page("try_it").run()
    table = at.dataframe[0].value
    assert set(table["question"]) == {"how many", "which hand"}
    assert (table["lab"] > 0.99).all()
    lab_model, field_model = (
        table[table["model"] == title].iloc[0]["field"]
        for title in ("CNN with BatchNorm", "Field reader")
    )
    assert field_model > lab_model + 0.1


def test_many_uploads_give_a_table_in_which_broken_ones_are_rows(
    open_page: OpenPage, right_one: bytes, wall: bytes
) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("hand.jpg", right_one), ("wall.jpg", wall), ("notes.jpg", b"no photo"))
    assert "3 photos" in answer_of(at)
    table = at.dataframe[0].value
    assert list(table["file"]) == ["hand.jpg", "wall.jpg", "notes.jpg"]
    assert list(table["sure"].fillna("")) == ["yes", "", ""]
    assert table["photo"][0].startswith("data:image/jpeg;base64,")
    assert table["note"][1] == "No hand found."
    assert "not a readable photo" in table["note"][2]
    at.selectbox[0].select_index(2).run()
    assert "not a readable photo" in at.error[0].value


def test_photos_are_read_once_while_they_stay(
    open_page: OpenPage, right_one: bytes, wall: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("hand.jpg", right_one), ("wall.jpg", wall))

    def fail(_: bytes) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(readings, "decode_photo", fail)
    at.selectbox[0].select_index(1).run()
    assert not at.exception
    assert len(at.session_state["readings of finder, reader"]) == 2


def test_the_csv_file_holds_what_the_table_shows_and_no_formula() -> None:
    row: dict[str, Cell] = {
        "file": "=cmd()",
        "fingers": 3,
        "fingers confidence": 0.9,
        "note": "-1\n2",
    }
    content = as_csv([row, {"file": "fine.jpg", "note": "a, b"}])
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert read[0]["file"] == "'=cmd()"
    assert read[0]["note"] == "'-1\n2"
    assert read[0]["fingers"] == "3"
    assert read[1]["file"] == "fine.jpg"
    assert read[1]["note"] == "a, b"


def test_only_so_many_photos_are_read_at_once(open_page: OpenPage, wall: bytes) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, *((f"{number}.jpg", wall) for number in range(ui.MOST_PHOTOS + 2)))
    assert f"The first {ui.MOST_PHOTOS} are read" in at.warning[0].value
    assert len(at.dataframe[0].value) == ui.MOST_PHOTOS


def test_a_file_that_is_too_large_is_told(open_page: OpenPage) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("large.jpg", bytes(MAX_BYTES + 1)))
    assert "larger than 12 MB" in at.error[0].value
    assert not at.exception


def test_uploads_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise AssertionError("an upload went to the disk")

    monkeypatch.setattr(SpooledTemporaryFile, "rollover", fail)
    streamlit_app.keep_uploads_in_memory()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="hand.jpg"\r\n\r\n'

    async def body() -> AsyncGenerator[bytes, None]:
        yield head + bytes(MAX_BYTES) + b"\r\n--x--\r\n"

    headers = Headers({"Content-Type": "multipart/form-data; boundary=x"})

    async def parse() -> FormData:
        return await MultiPartParser(headers, body()).parse()

    # In a thread of its own, since the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        form = pool.submit(asyncio.run, parse()).result()
    file = form["file"]
    assert isinstance(file, UploadFile)
    assert file.size == MAX_BYTES


def test_no_hand_found_says_what_to_try(open_page: OpenPage, wall: bytes) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("wall.jpg", wall))
    assert "No hand found" in answer_of(at)
    assert "the whole hand in view" in texts_of(at)


@pytest.mark.parametrize(
    "text", ["99", "-1", "<script>alert(1)</script>", "\0", "1e400", "x" * 9999]
)
@pytest.mark.parametrize("setting", ["source", "fingers", "hand", "person", "mirror"])
def test_a_senseless_setting_in_the_url_gives_the_default(
    open_page: OpenPage, setting: str, text: str
) -> None:
    at = open_page("try_it", **{setting: text}).run()
    assert FIRST_ANSWER in answer_of(at)


def test_a_hostile_file_name_stays_plain_text(open_page: OpenPage, wall: bytes) -> None:
    name = "![x](http://example.com/x.png)<b>.jpg"
    at = open_page("try_it", source="Upload").run()
    upload(at, (name, wall), ("wall.jpg", wall))
    assert not at.exception
    assert "example.com" not in texts_of(at)


def test_a_missing_model_is_told_in_plain_words(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "field_recogniser", lambda: field_recogniser(tmp_path))
    at = open_page("try_it").run()
    assert not at.exception
    assert "not trained yet" in at.error[0].value


def test_a_damaged_model_is_told_in_plain_words(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any) -> None:
        raise ArtifactError("The file is not the one its card describes.")

    monkeypatch.setattr(readings, "field_recogniser", damaged)
    at = open_page("try_it").run()
    assert not at.exception
    assert "not the one its card describes" in at.error[0].value


@pytest.mark.parametrize(
    ("count", "side", "words"),
    [
        (0.99, 0.97, "3 fingers · right hand"),
        (0.99, 0.55, "3 fingers · not sure which hand"),
        (0.5, 0.97, "Not sure how many · right hand"),
        (0.5, 0.55, "Not sure"),
    ],
)
def test_what_is_not_sure_is_not_claimed(count: float, side: float, words: str) -> None:
    rest = (1 - count) / 5
    prediction = Prediction((rest, rest, rest, count, rest, rest), (1 - side, side))
    headline, sureness = ui.answer_words(prediction)
    assert headline == words
    assert ("Perhaps" in sureness) == ("ot sure" in words)


def test_a_probability_is_never_rounded_to_certainty() -> None:
    assert ui.percent(0.9999) == "over 99 %"
    assert ui.percent(0.0001) == "under 1 %"
    assert ui.percent(0.625) == "62 %"


@pytest.mark.parametrize(
    ("source", "lack"),
    [("def render(): pass", "PAGE"), ("import ui\nPAGE = ui.Page('A', ':a:', 1)", "render")],
)
def test_a_broken_page_fails_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, lack: str
) -> None:
    package = f"broken_pages_{lack.lower()}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "lame.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TypeError, match=rf"{package}\.lame is no page: it needs .*{lack}"):
        find_pages(package)


def test_the_app_never_imports_tensorflow() -> None:
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('streamlit_app.py', default_timeout=60).run()\n"
        "assert not at.exception\n"
        "assert not {'tensorflow', 'keras', 'jax'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=120)
