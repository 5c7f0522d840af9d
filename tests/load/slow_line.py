"""A line of limited speed before the server: what passes it waits, in both directions.

Chromium's own throttling leaves out what workers load, which is most of it here.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_PIECE = 16_384


@dataclass
class SlowLine:
    """A line to a port of this machine.

    Attributes:
        megabits: a second, each way, for all connections together.
        delay: seconds that each piece takes beyond that.
        address: at which the server is reached through it.
        received: bytes so far from the server.
    """

    megabits: float
    delay: float
    address: str
    received: int = 0

    def __post_init__(self) -> None:
        self._free = {"down": 0.0, "up": 0.0}

    async def serve(
        self, listening: socket.socket, server_port: int, ending: asyncio.Event
    ) -> None:
        """Pass on until the end."""

        async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", server_port)
            # At the end; asyncio would print it.
            with suppress(asyncio.CancelledError):
                await asyncio.gather(
                    self._pass(reader, to_server, "up"), self._pass(from_server, writer, "down")
                )

        async with await asyncio.start_server(passed_on, sock=listening):
            await ending.wait()
            under_way = asyncio.all_tasks() - {asyncio.current_task()}
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        loop = asyncio.get_running_loop()
        # What is on its way; more than fits into the line waits with its sender.
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(8)

        async def arrive() -> None:
            while (piece := await under_way.get())[1]:
                await asyncio.sleep(piece[0] - loop.time())
                writer.write(piece[1])
                await writer.drain()

        arriving = asyncio.create_task(arrive())
        with suppress(ConnectionError):
            while piece := await reader.read(_PIECE):
                if way == "down":
                    self.received += len(piece)
                self._free[way] = (
                    max(loop.time(), self._free[way]) + 8e-6 * len(piece) / self.megabits
                )
                await asyncio.sleep(self._free[way] - loop.time())
                await under_way.put((self._free[way] + self.delay, piece))
        with suppress(ConnectionError):
            await under_way.put((0.0, b""))
            await arriving
            writer.close()


@contextmanager
def slow_line(server_port: int, megabits: float, delay: float) -> Iterator[SlowLine]:
    """Such a line, served by a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line = SlowLine(megabits, delay, f"http://127.0.0.1:{listening.getsockname()[1]}")
    loop, ending = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(line.serve(listening, server_port, ending))
    )
    thread.start()
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()
