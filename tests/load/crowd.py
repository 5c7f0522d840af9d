"""Many visitors who load the live page and go live on their own devices, from one process.

Each loads, over a connection of their own, the files that a Chromium loads at its first visit,
opens the page's session over a websocket, and stays connected. A device that reads its own camera
sends nothing from then on.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Response
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.helpers.browser import running_browser
from tests.load.figures import Bar, machine, print_figure
from tests.load.live_page import go_live
from tests.load.measure import running_server, usage_of
from tests.load.processes import processor_milliseconds

OPENING = 60.0
"""Seconds after which a visitor gives up."""

_FAILED = Bar(0, 0)
_HEAD = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n\r\n"
)


class RefusedError(Exception):
    """The server answered, but not with what was asked for."""


class File(NamedTuple):
    """What is asked for, and the status of the answer: Streamlit's page tries some addresses."""

    path: str
    status: int


@dataclass(frozen=True)
class Visit:
    """One visitor's experience.

    Attributes:
        seconds: until the page was drawn and the models were there.
        megabytes: of files.
        trouble: what went wrong, or "".
    """

    seconds: float
    megabytes: float
    trouble: str = ""


def measure_crowd(film: Path, visitors: int, seconds: float) -> None:
    """Have them come evenly over that time, and print how they fared."""
    with running_server() as server:
        with running_browser(film) as browser:
            files = files_of_first_visit(browser, f"http://127.0.0.1:{server.port}")
            name = machine(browser)
        before, started = processor_milliseconds()["server"], time.monotonic()
        visits = asyncio.run(_all_visits(server.port, files, visitors, seconds))
        took = time.monotonic() - started
        share = (processor_milliseconds()["server"] - before) / took / 10
        usage = usage_of(server.process)
    what = f"{visitors} visitors who go live in {seconds:g} s"
    failed = [visit for visit in visits if visit.trouble]
    print_figure(f"{what}: refused or failed", len(failed), "", _FAILED)
    times = [visit.seconds for visit in visits if not visit.trouble]
    if times:
        print_figure("… loading, median", float(np.median(times)), "s")
        print_figure("… loading, 95%", float(np.percentile(times, 95)), "s")
        print_figure("… files of each", visits[0].megabytes, "MB")
    print_figure("… server's processor time", share, "% of a core")
    print_figure("… server's memory", usage.megabytes, "MB")
    for trouble, count in Counter(visit.trouble for visit in failed).items():
        print(f"{count}: {trouble}")
    print(f"\nMeasured on {name}, which the visitors share.\n", flush=True)


def files_of_first_visit(browser: Browser, address: str) -> list[File]:
    """What a Chromium loads from the server until its first answer."""
    files: list[File] = []

    def keep(response: Response) -> None:
        url = urlsplit(response.url)
        if response.url.startswith(address) and response.request.method == "GET":
            path = url.path + (f"?{url.query}" if url.query else "")
            files.append(File(path, response.status))

    page = browser.new_page()
    page.context.on("response", keep)
    go_live(page, address)
    return files


async def _all_visits(
    port: int, files: Sequence[File], visitors: int, seconds: float
) -> list[Visit]:
    end = time.monotonic() + seconds
    return await asyncio.gather(
        *(visit(port, files, seconds * number / visitors, end) for number in range(visitors))
    )


async def visit(port: int, files: Sequence[File], delay: float, end: float) -> Visit:
    """Come after some seconds, load the files, open the page, and stay until that time."""
    await asyncio.sleep(delay)
    started = time.monotonic()
    loaded = 0
    try:
        async with asyncio.timeout(OPENING):
            assets = [file for file in files if file.path.startswith("/assets/")]
            loaded += await _load(port, [file for file in files if file not in assets])
            socket = await connect(
                f"ws://127.0.0.1:{port}/_stcore/stream",
                subprotocols=[Subprotocol("streamlit")],
                max_size=None,
            )
            await _open_page(socket)
            loaded += await _load(port, assets)
    except (OSError, TimeoutError, EOFError, WebSocketException, RefusedError) as error:
        return Visit(0.0, 0.0, f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - started
    async with socket:
        try:
            async with asyncio.timeout_at(
                asyncio.get_running_loop().time() + end - time.monotonic()
            ):
                async for _ in socket:
                    pass
        except TimeoutError:
            return Visit(seconds, loaded / 1e6)
        return Visit(seconds, 0.0, "dropped after loading")


async def _open_page(socket: ClientConnection) -> None:
    asked = BackMsg()
    asked.rerun_script.page_name = "live"
    await socket.send(asked.SerializeToString())
    answer = ForwardMsg()
    while answer.WhichOneof("type") != "script_finished":
        answer.ParseFromString(await socket.recv(decode=False))
        if answer.delta.new_element.WhichOneof("type") == "exception":
            raise RefusedError("an exception on the page")


async def _load(port: int, files: Sequence[File]) -> int:
    """Load files one after the other over one connection; returns their bytes on the wire."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        return sum([await _get(reader, writer, port, file) for file in files])
    finally:
        writer.close()


async def _get(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, file: File
) -> int:
    writer.write(_HEAD.format(path=file.path, port=port).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if not head.startswith(f"http/1.1 {file.status}"):
        raise RefusedError(f"{file.path}: {head.splitlines()[0]}")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    if "content-length" in headers:
        length = int(headers["content-length"])
        await _skip(reader, length)
        return length
    total = 0
    while size := int(await reader.readline(), 16):
        await _skip(reader, size + 2)
        total += size
    await reader.readline()
    return total


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    """Read and forget; ``readexactly`` would hold all of it."""
    while length:
        part = await reader.read(min(length, 2**18))
        if not part:
            raise EOFError("the server hung up")
        length -= len(part)
