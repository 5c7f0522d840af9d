"""Answers with a file's content from memory, piece by piece."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE = 2**16
"""Bytes; of a slow visitor's file, no more waits in the server's buffers."""


class MemoryFile(Response):
    """A response with a long body.

    Starlette's own sends a body at once, which each slow visitor would hold a copy of, and reads
    files in a thread, for which visitors who come together wait.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the head and the body, each piece when the one before is under way."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        body = memoryview(self.body)
        for start in range(0, max(len(body), 1), _PIECE):
            piece = bytes(body[start : start + _PIECE])
            is_last = start + _PIECE >= len(body)
            await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
