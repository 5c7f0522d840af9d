"""Bounds who is connected and what they may ask of Streamlit; lets the server shut down cleanly.

Streamlit accepts any number of connections, and from each of them messages that only its menu for
developers sends: one empties the caches of all visitors, another runs git.
"""

import asyncio
import resource
import time
from contextlib import suppress
from pathlib import Path

from google.protobuf.message import DecodeError
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.common.paths import MODELS_ROOT
from core.serving.metrics import METRICS, Refusal
from core.serving.token_bucket import TokenBucket
from ui.server.readiness import READINESS

MAX_VISITORS = min(1_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 8)
"""Connected at once; each takes four descriptors, and those who left keep theirs for a while."""

FIRST_MESSAGE_SECONDS = 30.0
"""In which a browser that connected asks for its page."""

PAGES_AT_ONCE = 30
"""That one visitor may ask for without a pause, and so changes of settings; further ones wait."""

PAGES_PER_SECOND = 3.0
"""Of one visitor in the long run. Each takes the interpreter for 10 to 50 ms, and one visitor who
asked for 20 a second took half of a core from all others."""

FRAGMENT_SHARE = 0.1
"""What a part of a page counts for, as each frame of a camera asks for one."""

_ALLOWED = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_ALLOWED_OPERATIONS = {"deferred_file", "dataframe_chunk"}
_REFUSED_UPLOADS = {408: Refusal.TIMEOUT, 413: Refusal.TOO_LARGE}
_FULL = "Many people are using this at the moment. Please wait a little and try again."


class BoundedVisitors:
    """ASGI middleware around Streamlit's own handling of connections."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; of connections, as many and as much of their messages as allowed."""
        if scope["type"] == "http" and scope["path"].endswith("/_stcore/metrics"):
            # Streamlit measures all that it keeps, for whoever asks.
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif scope["type"] == "http":
            await self._app(scope, receive, _counted(send))
        elif scope["type"] != "websocket":
            await self._app(scope, receive, send)
        elif READINESS.is_draining or len(_connections) >= MAX_VISITORS:
            METRICS.refusals.labels(Refusal.FULL).inc()
            refused = WebSocket(scope, receive, send)
            await refused.send_denial_response(PlainTextResponse(_FULL, 503))
        else:
            connection = _Connection(receive, send)
            _connections.add(connection)
            try:
                await self._app(scope, connection.receive, connection.send)
            finally:
                _connections.remove(connection)
                _changed.set()


class _Connection:
    """The messages of one visitor.

    Attributes:
        is_busy: whether a page's script runs for them.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self.is_busy = False
        self._receive = receive
        self._send = send
        self._patience: float | None = FIRST_MESSAGE_SECONDS
        self._pages = TokenBucket(PAGES_AT_ONCE, PAGES_PER_SECOND)
        self._goes_back = False
        self._settings: Message | None = None

    async def receive(self) -> Message:
        """The next message that Streamlit may see."""
        while True:
            try:
                message = await asyncio.wait_for(self._receive(), self._patience)
            except TimeoutError:
                return {"type": "websocket.disconnect", "code": 1008}
            if message["type"] != "websocket.receive":
                return message
            self._patience = None
            asked = _parsed(message.get("bytes"))
            # Streamlit ends a connection that sends nothing or no message.
            if asked is None:
                return message
            if READINESS.is_draining or not self._may_pass(asked):
                continue
            if asked.WhichOneof("type") == "rerun_script":
                self._goes_back = asked.rerun_script.is_history_navigation
                share = FRAGMENT_SHARE if asked.rerun_script.fragment_id else 1.0
                await asyncio.sleep(self._pages.take(time.monotonic(), share))
            return message

    def _may_pass(self, asked: BackMsg) -> bool:
        kind = asked.WhichOneof("type")
        if kind == "backend_operation_request":
            operation = asked.backend_operation_request
            is_allowed = operation.WhichOneof("payload") in _ALLOWED_OPERATIONS
        else:
            is_allowed = kind in _ALLOWED
        if not is_allowed:
            METRICS.refusals.labels(Refusal.FORBIDDEN).inc()
        self.is_busy |= kind == "rerun_script"
        return is_allowed

    async def send(self, message: Message) -> None:
        """Send what Streamlit says, without the places of files on the server."""
        answer = ForwardMsg()
        answer.ParseFromString(message.get("bytes") or b"")
        kind = answer.WhichOneof("type")
        if kind == "new_session":
            session = answer.new_session
            session.main_script_path = Path(session.main_script_path).name
            message = {**message, "bytes": answer.SerializeToString()}
        elif answer.delta.new_element.WhichOneof("type") == "alert":
            alert = answer.delta.new_element.alert
            alert.body = alert.body.replace(f"{MODELS_ROOT.parent}/", "")
            message = {**message, "bytes": answer.SerializeToString()}
        elif kind == "page_info_changed":
            # Told at once, those of the next page would overwrite those of the page that the
            # browser still shows, and going back would find none.
            self._settings = message
            return
        if kind == "new_session" and self._goes_back:
            # The browser has them already, in the link that it went back to.
            self._settings = None
        if kind == "script_finished":
            await self._tell_settings()
        await self._send(message)
        if kind == "script_finished":
            self.is_busy = answer.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            _changed.set()

    async def _tell_settings(self) -> None:
        message, self._settings = self._settings, None
        if message is not None:
            await self._send(message)


def _parsed(content: bytes | None) -> BackMsg | None:
    asked = BackMsg()
    try:
        asked.ParseFromString(content)
    except (DecodeError, TypeError):
        return None
    return asked


_connections: set[_Connection] = set()
_changed = asyncio.Event()
METRICS.sessions.set_function(lambda: len(_connections))


async def finish(seconds: float) -> None:
    """Wait until the pages that are being drawn are with their visitors, at most that long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while any(connection.is_busy for connection in _connections):
                _changed.clear()
                await _changed.wait()


def _counted(send: Send) -> Send:
    async def send_counted(message: Message) -> None:
        if reason := _REFUSED_UPLOADS.get(message.get("status", 0)):
            METRICS.refusals.labels(reason).inc()
        await send(message)

    return send_counted
