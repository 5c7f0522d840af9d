"""Bounds what uploads take of the server's memory, where Streamlit keeps them.

Streamlit bounds the size of one file, but neither how many a session keeps nor how many arrive at
once. What is not kept is replaced by a word that ``NOT_KEPT`` explains, so that the page can say it
beside the file's name.
"""

import asyncio
import ctypes
import re
from dataclasses import dataclass, field

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime import get_instance as get_runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.serving.token_bucket import TokenBucket

MAX_SESSION_BYTES = 48 * 1024**2
"""Kept for one session."""

MAX_FILES = 100
"""Kept for one session, whatever their size; a page reads 50."""

MAX_TOTAL_BYTES = 64 * 1024**2
"""Kept for all sessions."""

MAX_AT_ONCE = 4
"""Uploads that are received at once; of one session, one. The others wait."""

SESSION_RATE = 4 * 1024**2
"""Bytes a second of one session in the long run, beyond what it may keep: Streamlit receives and
copies uploads in the thread that serves everyone, and an upload has its turn when the ones before
are worth so long."""

MAX_SECONDS = 60.0
"""In which an upload must have had its turn and arrived."""

START_SECONDS = 5.0
MIN_RATE = 64 * 1024
"""Bytes a second, after those seconds: who sends slower gives the place to others."""

_OVER_LIMIT, _FORGOTTEN = b"\0over the limit", b"\0forgotten"
NOT_KEPT = {
    _OVER_LIMIT: f"Your photos have more than {MAX_SESSION_BYTES // 1024**2} MB together. "
    "Remove some of them, then add this one again.",
    _FORGOTTEN: "Many people are using this at the moment, and this photo was forgotten to make "
    "room. Remove it and add it again.",
}
"""What a page says of a file by the content that is kept instead of it."""

# What is forgotten goes back to the system: the C library would keep it, for each thread apart.
# These are M_MMAP_THRESHOLD and M_ARENA_MAX of malloc.h, which not every system has.
if hasattr(allocator := ctypes.CDLL(None), "mallopt"):
    allocator.mallopt(-3, 1024**2)
    allocator.mallopt(-8, 2)

_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")


class BoundedUploads:
    """ASGI middleware around Streamlit's own reception of uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._places = asyncio.Semaphore(MAX_AT_ONCE)
        self._senders: dict[str, _Sender] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; uploads in turn, and then within the limits."""
        is_put = scope["type"] == "http" and scope["method"] == "PUT"
        upload = _UPLOAD.search(scope["path"]) if is_put else None
        if upload is None:
            await self._app(scope, receive, send)
            return
        session = upload["session"]
        is_answered = False

        async def answer(message: Message) -> None:
            nonlocal is_answered
            if not is_answered:
                is_answered = True
                # The browser has the page run again as soon as it is answered.
                keep_within_limits(get_runtime(), session)
            await send(message)

        received = 0

        async def receive_in_time() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            rate.reschedule(began + START_SECONDS + received / MIN_RATE)
            return message

        sender = self._sender(session)
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(MAX_SECONDS), sender.turn:
                await asyncio.sleep(sender.budget.take(clock(), 0))
                async with self._places:
                    began = clock()
                    async with asyncio.timeout_at(began + START_SECONDS) as rate:
                        await self._app(scope, receive_in_time, answer)
        except TimeoutError:
            if not is_answered:
                words = "The upload took too long. Try it again, or save the photo smaller."
                await PlainTextResponse(words, 408)(scope, receive, send)
        finally:
            sender.budget.take(clock(), received)

    def _sender(self, session: str) -> "_Sender":
        if session not in self._senders:
            is_active = get_runtime().is_active_session
            self._senders = {
                name: each
                for name, each in self._senders.items()
                if is_active(name) or each.turn.locked()
            }
        return self._senders.setdefault(session, _Sender())


@dataclass
class _Sender:
    """One session: its uploads are received in turn, and only so many bytes in the long run."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    budget: TokenBucket = field(
        default_factory=lambda: TokenBucket(MAX_SESSION_BYTES, SESSION_RATE)
    )


def keep_within_limits(runtime: Runtime, session: str) -> None:
    """Forget uploads over the limits; called in the event loop, which alone changes them.

    Over the limit of a session its newest are not kept. Over the limit of all, the session that
    keeps most loses its oldest, so that nobody fills the place of others.

    Args:
        runtime: Streamlit's.
        session: the one that an upload came for.
    """
    manager = runtime.uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    if not runtime.is_active_session(session):
        # It ended while the file was on its way, and nothing else would remove it.
        manager.remove_session_files(session)
        return
    files = list(manager.file_storage[session].values())
    for file in files[MAX_FILES:]:
        manager.remove_file(session, file.file_id)
    kept = 0
    for file in files[:MAX_FILES]:
        size = 0 if file.data in NOT_KEPT else len(file.data)
        if kept + size > MAX_SESSION_BYTES:
            _replace(manager, session, file, _OVER_LIMIT)
        else:
            kept += size
    while (sizes := _sizes(manager)) and sum(sizes.values()) > MAX_TOTAL_BYTES:
        largest = max(sizes, key=lambda each: sizes[each])
        kept_files = manager.file_storage[largest].values()
        oldest = next(file for file in kept_files if file.data not in NOT_KEPT)
        _replace(manager, largest, oldest, _FORGOTTEN)


def _replace(
    manager: MemoryUploadedFileManager, session: str, file: UploadedFileRec, data: bytes
) -> None:
    manager.add_file(session, file._replace(data=data))


def _sizes(manager: MemoryUploadedFileManager) -> dict[str, int]:
    """The bytes that each session keeps."""
    return {
        session: sum(len(file.data) for file in files.values() if file.data not in NOT_KEPT)
        for session, files in manager.file_storage.items()
    }
