"""Photos that visitors bring, one or many: every answer, and every way to go wrong."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile

import numpy as np
import pytest
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

import streamlit_app
from core.common.formatting import as_csv
from core.common.types import Photo
from core.hands.pipeline import hand_recogniser, recognise
from core.images.decoding import MAX_BYTES
from core.synthetic.photo import PhotoSettings, draw_photo
from tests.helpers.browser import confidently_classified_sample, encoded
from tests.helpers.costly_photos import animated_webp
from tests.helpers.page_texts import answer_of, texts_of
from ui.photo import reading
from ui.photo.table import Cell
from ui.photo_input import MAX_PHOTOS

OpenPage = Callable[..., AppTest]


def upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, content in files:
        at.file_uploader[0].upload(name, content, "image/jpeg")
    return at.run()


@pytest.fixture(scope="module")
def right_one() -> bytes:
    return encoded(confidently_classified_sample(1, "R"))


@pytest.fixture(scope="module")
def wall() -> bytes:
    return encoded(np.full((240, 320, 3), 200, np.uint8))


@pytest.mark.slow
def test_an_upload_is_classified(open_page: OpenPage, right_one: bytes) -> None:
    at = open_page("try_it", source="Upload").run()
    assert "The answer appears here." in at.info[0].value
    upload(at, ("hand.jpg", right_one))
    assert "1 finger · right hand" in answer_of(at)
    assert "drawn as" not in texts_of(at)


def test_a_camera_photo_is_classified(open_page: OpenPage, right_one: bytes) -> None:
    at = open_page("try_it", source="Camera").run()
    assert not at.exception
    at.camera_input[0].upload("photo.jpg", right_one).run()
    assert "1 finger · right hand" in answer_of(at)


@pytest.mark.slow
def test_two_hands_get_two_numbered_answers(open_page: OpenPage) -> None:
    at = open_page("try_it", source="Upload").run()
    for seed in range(900, 906):
        settings = PhotoSettings(
            width=640, height=480, hands=2, size=(0.4, 0.6), tilt=(-20, 20), disturbance=0.2
        )
        photo = draw_photo(seed, settings).pixels
        if len(recognise(Photo(photo), hand_recogniser()).hands) == 2:
            break
    else:
        pytest.fail("both hands of no synthetic photo are found")
    upload(at, ("both.png", encoded(photo, ".png")))
    heads = [text.value for text in at.markdown if 'role="status"' in text.value]
    assert [head.partition(">")[2][:2] for head in heads] == ["1.", "2."]
    assert "The boxes mark the 2 hands" in texts_of(at)


def test_many_uploads_give_a_table_with_a_row_for_each_broken_one(
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


def test_photos_are_classified_once_while_they_stay(
    open_page: OpenPage, right_one: bytes, wall: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("hand.jpg", right_one), ("wall.jpg", wall))

    def fail(_source: object, _read: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(reading, "read_photo", fail)
    at.selectbox[0].select_index(1).run()
    assert not at.exception
    assert len(at.session_state["results of hand_detector, hand_classifier"]) == 2


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


def test_the_number_of_photos_read_at_once_is_limited(open_page: OpenPage, wall: bytes) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, *((f"{number}.jpg", wall) for number in range(MAX_PHOTOS + 2)))
    assert f"The first {MAX_PHOTOS} are read" in at.warning[0].value
    assert len(at.dataframe[0].value) == MAX_PHOTOS


def test_a_file_that_is_too_large_is_reported(open_page: OpenPage) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("large.jpg", bytes(MAX_BYTES + 1)))
    assert "larger than 12 MB" in at.error[0].value
    assert not at.exception


def test_a_photo_that_takes_too_much_memory_is_reported(open_page: OpenPage) -> None:
    at = open_page("try_it", source="Upload").run()
    upload(at, ("small.webp", animated_webp(8_000, 5_000, 3)))
    assert "memory" in at.error[0].value
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


def test_a_hostile_file_name_stays_plain_text(open_page: OpenPage, wall: bytes) -> None:
    name = "![x](http://example.com/x.png)<b>.jpg"
    at = open_page("try_it", source="Upload").run()
    upload(at, (name, wall), ("wall.jpg", wall))
    assert not at.exception
    assert "example.com" not in texts_of(at)
