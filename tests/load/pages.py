"""``python -m load.pages``: how long every page takes, and the server's memory after all of them.

Times are from the visitor's request to the end of the page's script: for the first visitor of the
process, for whom figures and models are loaded, and for the next one. Then many visitors have the
first page open at once, which tells what each of them takes.
"""

import sys
import time
from contextlib import ExitStack

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.helpers.sessions import answers_of_page, run_page
from tests.load.measure import Server, running_server, usage_of
from ui.navigation import find_pages

SECONDS_A_PAGE = 120
VISITORS = 200
PREPARING_SECONDS = 30


def main() -> int:
    """Open the pages one after the other, each as two new visitors, and print time and memory."""
    broken = False
    with running_server() as server:
        # The server prepares its pages once it has started.
        time.sleep(PREPARING_SECONDS)
        print(f"{'at the start':<16} {usage_of(server.process).megabytes:6.1f} MB")
        for position, module in enumerate(find_pages()):
            name = module.__name__.rpartition(".")[2]
            # The first page is the app's own address.
            times, errors = [], []
            for _ in range(2):
                started = time.perf_counter()
                errors += open_page(server.port, name if position else "")
                times.append(f"{time.perf_counter() - started:5.2f} s")
            broken |= bool(errors)
            line = f"{usage_of(server.process).megabytes:6.1f} MB {'  '.join(times)}"
            print(f"{name:<16} {line}" + "".join(f"  {error}" for error in errors), flush=True)
    # On a server of their own: the pages leave memory that they would take over.
    with running_server() as server:
        print(f"a visitor more: {megabytes_a_visitor(server):.2f} MB")
    return int(broken)


def megabytes_a_visitor(server: Server) -> float:
    """What the server's memory grows by with each visitor who has the first page open."""
    with ExitStack() as stack:
        # The first ones use what is left of loading the models.
        for number in range(2 * VISITORS):
            if number == VISITORS:
                before = usage_of(server.process).megabytes
            run_page(stack.enter_context(connected(server.port)))
        return (usage_of(server.process).megabytes - before) / VISITORS


def connected(port: int) -> ClientConnection:
    """A visitor's connection to the server."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    return connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None)


def open_page(port: int, name: str) -> list[str]:
    """Open one page as a browser does; returns a description of what went wrong."""
    errors = []
    with connected(port) as socket:
        for answer in answers_of_page(socket, name, SECONDS_A_PAGE):
            if answer.delta.new_element.WhichOneof("type") == "exception":
                errors.append("an exception")
            if answer.WhichOneof("type") == "page_not_found":
                errors.append("no such page")
    return errors


if __name__ == "__main__":
    sys.exit(main())
