"""The hand input: a sample drawn by the program, the camera, uploads, or a frame of Live."""

import hashlib
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.common.types import FINGER_COUNTS, Photo, Side, Uint8Array
from core.images.decoding import FORMAT_NAMES, MAX_BYTES
from core.synthetic.sample_photos import draw_sample
from ui.choice import choose_one
from ui.wording import SIDE_LABELS, hand_words

MAX_PHOTOS = 50

FIRST_SAMPLE: tuple[int, Side, int] = (5, "L", 12)
"""What a fresh visitor sees: count, side and person of a sample that is read correctly."""

LIVE_SOURCE = "From Live"
"""As it stands in the link."""

_SOURCES = {"sample": "Sample", "camera": "Camera", "upload": "Upload"}
_LIVE_PHOTO = "photo from live"

_PEOPLE = range(1, 21)

_MEGABYTE = 1024 * 1024

_UPLOADER: dict[str, Any] = {
    "type": ["image", ".heic", ".heif"],
    "max_upload_size": MAX_BYTES // _MEGABYTE,
    "help": f"{FORMAT_NAMES}, up to {MAX_BYTES // _MEGABYTE} MB each. "
    "They are processed in memory and never stored.",
}


@dataclass(frozen=True)
class PhotoInput:
    """A photo that came in, not yet decoded unless it was drawn here.

    Its name is untrusted, its identity the same for the same photo within a session.
    """

    name: str
    identity: str
    source: bytes | Photo
    truth: tuple[int, Side] | None = None


def choose_photos(most: int = MAX_PHOTOS) -> tuple[list[PhotoInput], bool]:
    """The hand input: where so many photos at most come from, and whether they are mirrored.

    All its settings live in the URL. Returns the photos, none yet where the visitor is to act
    first, and the mirror switch.
    """
    sources = _SOURCES | ({"live": LIVE_SOURCE} if _LIVE_PHOTO in st.session_state else {})
    source = choose_one("Photo source", sources, key="source", width="stretch")
    upload = upload_photos if most > 1 else _upload_one
    take = {"sample": _sample, "camera": _camera, "upload": upload, "live": _from_live}[source]
    photos_in = take()
    mirrored = st.toggle(
        "The photo is mirrored",
        key="mirror",
        bind="query-params",
        help="Many selfie cameras save a mirror image, in which a left hand looks like a right "
        "one. Turn this on for such photos, and they are flipped back first. Leave it off for "
        "photos taken on this page, which are not mirrored.",
    )
    return photos_in, mirrored


def remember_live_photo(jpeg: bytes) -> None:
    """Offer a frame of the live camera as a photo in this session, until the next one."""
    identity = hashlib.sha256(jpeg).hexdigest()
    st.session_state[_LIVE_PHOTO] = PhotoInput("Frame from Live", identity, jpeg)


def _from_live() -> list[PhotoInput]:
    st.caption("The frame that you opened here from the page “Live”.")
    return [st.session_state[_LIVE_PHOTO]]


def _sample() -> list[PhotoInput]:
    first_fingers, first_side, first_person = FIRST_SAMPLE
    fingers = choose_one("Fingers up", FINGER_COUNTS, "fingers", first_fingers, width="stretch")
    left, right = st.columns(2, gap="medium")
    side = choose_one("Hand", SIDE_LABELS, "hand", first_side, left, width="stretch")
    # Streamlit crashes on a number input whose URL parameter is infinite; a choice is bounded.
    person = choose_one("Person", _PEOPLE, "person", first_person, right, listed=True)
    st.caption("Samples are drawn by the program; they are not photos of people.")
    name = f"Drawing {person}: {hand_words(fingers, side)}"
    photo = Photo(_draw_sample(fingers, side, person))
    return [PhotoInput(name, name, photo, truth=(fingers, side))]


@st.cache_data(max_entries=48, show_spinner=False)
def _draw_sample(fingers: int, side: Side, seed: int) -> Uint8Array:
    return draw_sample(fingers, side, seed).pixels


def _camera() -> list[PhotoInput]:
    taken = st.camera_input("Show your hand to the camera, then take the photo", resolution="480p")
    if taken is None:
        return []
    return [PhotoInput("Camera photo", taken.file_id, taken.getvalue())]


def upload_photos(key: str = "photos") -> list[PhotoInput]:
    """An uploader of many photos, with this key; those over the limit are not read, and it says so.

    Their identities are the same while they stay in it.
    """
    files = st.file_uploader(
        f"Photos of a hand, up to {MAX_PHOTOS} at once",
        accept_multiple_files=True,
        key=key,
        **_UPLOADER,
    )
    if len(files) > MAX_PHOTOS:
        st.warning(
            f"You chose {len(files)} photos. The first {MAX_PHOTOS} are read; "
            "remove some of them to read the rest."
        )
    return [PhotoInput(file.name, file.file_id, file.getvalue()) for file in files[:MAX_PHOTOS]]


def _upload_one() -> list[PhotoInput]:
    file = st.file_uploader("A photo of a hand", key="photo", **_UPLOADER)
    return [] if file is None else [PhotoInput(file.name, file.file_id, file.getvalue())]
