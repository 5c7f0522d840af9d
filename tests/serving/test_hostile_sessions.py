"""Sessions that send what costs most, beside one that uses the app."""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.browser import free_port, running_app
from tests.helpers.costly_photos import costly_frames
from tests.load.live_visitor import TrialLog, visit
from tests.load.measure import synthetic_frame

HOSTILE_SESSIONS = 6
SECONDS = 8.0


def data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


async def visits(port: int, hostile: list[str]) -> list[TrialLog]:
    """Of one honest session, which comes first, and the others."""
    honest = visit(port, synthetic_frame(), SECONDS, delay=1.0, reply_timeout=20.0)
    others = [visit(port, frame, SECONDS + 2, delay=0.0, reply_timeout=20.0) for frame in hostile]
    return await asyncio.gather(honest, *others)


@pytest.mark.slow
def test_hostile_live_frames_keep_nobody_waiting() -> None:
    frames = [data_url(content) for _, content in costly_frames()]
    hostile = (frames * HOSTILE_SESSIONS)[:HOSTILE_SESSIONS]
    port = free_port()
    # In a thread of its own: the browser's driver keeps a loop running in this one.
    with running_app(port), ThreadPoolExecutor(1) as executor:
        honest, *others = executor.submit(asyncio.run, visits(port, hostile)).result()
    assert honest.errors == []
    assert honest.lost == 0
    times = sorted(honest.milliseconds)
    assert len(times) > SECONDS
    # On two idle cores it is 70 ms; with what these frames once cost, over a second.
    assert times[len(times) // 2] < 800
    # They are answered, too: that the frame could not be read.
    assert all(each.milliseconds for each in others)
