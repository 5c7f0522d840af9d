"""One visitor to the live page, without a browser: Streamlit's own messages over a websocket.

It behaves like the page's script: one frame in flight, the next one when due, a pause if the server
is busy, and a timeout for missing answers.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

FRAMES_A_SECOND = 5.0
WATCHDOG = 3.0
"""Timeout for an answer in seconds, as on the page."""
BUSY_PAUSE = 1.0
OPENING = 60.0
"""Seconds that the page may take to open."""


@dataclass
class TrialLog:
    """What one visitor experienced.

    Attributes:
        sent: number of frames.
        milliseconds: from each answered frame to its answer.
        busy: number of frames that the server rejected.
        lost: number of frames without an answer in time.
        errors: descriptions of failures.
    """

    sent: int = 0
    milliseconds: list[float] = field(default_factory=list)
    busy: int = 0
    lost: int = 0
    errors: list[str] = field(default_factory=list)


async def visit(
    port: int, frame: str, seconds: float, delay: float, reply_timeout: float = WATCHDOG
) -> TrialLog:
    """Open the live page and send frames.

    Args:
        port: of the server on this machine.
        frame: a JPEG as a data URL.
        seconds: how long to send.
        delay: seconds to wait before the first frame.
        reply_timeout: seconds to wait for an answer.
    """
    trial_log = TrialLog()
    try:
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        async with connect(
            address,
            subprotocols=[Subprotocol("streamlit")],
            open_timeout=OPENING,
            max_size=None,
        ) as socket:
            visitor = _Visitor(socket, trial_log, reply_timeout)
            await asyncio.wait_for(visitor.open(), OPENING)
            await asyncio.sleep(delay)
            await visitor.send_frames(frame, seconds)
    except (OSError, TimeoutError, ValueError) as error:
        trial_log.errors.append(f"{type(error).__name__}: {error}")
    return trial_log


class _Visitor:
    def __init__(self, socket: ClientConnection, trial_log: TrialLog, reply_timeout: float) -> None:
        self._socket = socket
        self._trial_log = trial_log
        self._reply_timeout = reply_timeout
        self._component = ""
        self._fragment = ""

    async def open(self) -> None:
        """Request the page, and wait until its camera is there."""
        await self._rerun(BackMsg())
        while not self._component:
            await self._receive()

    async def send_frames(self, frame: str, seconds: float) -> None:
        """Send frames at the page's pace, one in flight."""
        started = time.perf_counter()
        sequence = 0
        while (began := time.perf_counter()) < started + seconds:
            sequence += 1
            await self._send(sequence, frame)
            result = await self._answer(sequence)
            now = time.perf_counter()
            pause = max(0.0, 1 / FRAMES_A_SECOND - (now - began))
            if result is None:
                self._trial_log.lost += 1
            elif result["busy"]:
                self._trial_log.busy += 1
                pause = BUSY_PAUSE
            else:
                self._trial_log.milliseconds.append((now - began) * 1e3)
            await asyncio.sleep(pause)

    async def _send(self, sequence: int, frame: str) -> None:
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragment
        states = message.rerun_script.widget_states.widgets
        states.add(id=self._component, json_value="{}")
        value = {"sequence": sequence, "taken": time.monotonic() * 1e3, "jpeg": frame}
        states.add(
            id=f"$$STREAMLIT_INTERNAL_KEY_{self._component}__events",
            json_trigger_value=json.dumps([{"event": "frame", "value": value}]),
        )
        self._trial_log.sent += 1
        await self._rerun(message)

    async def _answer(self, sequence: int) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(self._reply_timeout):
                while True:
                    result = await self._receive()
                    if result is not None and result["sequence"] == sequence:
                        return result
        except TimeoutError:
            return None

    async def _rerun(self, message: BackMsg) -> None:
        message.rerun_script.page_name = "live"
        await self._socket.send(message.SerializeToString())

    async def _receive(self) -> dict[str, Any] | None:
        """The answer in the next message; None if it has none."""
        content = await self._socket.recv(decode=False)
        message = ForwardMsg()
        message.ParseFromString(content)
        element = message.delta.new_element
        if element.WhichOneof("type") == "exception":
            self._trial_log.errors.append("an exception on the page")
        if element.WhichOneof("type") != "bidi_component":
            return None
        self._component = element.bidi_component.id
        self._fragment = message.delta.fragment_id
        result: dict[str, Any] | None = json.loads(element.bidi_component.json)["result"]
        return result
