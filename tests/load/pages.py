"""``python -m load.pages``: how long every page takes, and the server's memory after all of them.

Times are from the visitor's request to the end of the page's script: for the first visitor of the
process, for whom figures and models are loaded, and for the next one.
"""

import sys
import time

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.helpers.sessions import answers_of_page
from tests.load.measure import running_server, usage_of
from ui.navigation import find_pages

SECONDS_A_PAGE = 120


def main() -> int:
    """Open the pages one after the other, each as two new visitors, and print time and memory."""
    broken = False
    with running_server() as server:
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
    return int(broken)


def open_page(port: int, name: str) -> list[str]:
    """Open one page as a browser does; returns a description of what went wrong."""
    errors = []
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        for answer in answers_of_page(socket, name, SECONDS_A_PAGE):
            if answer.delta.new_element.WhichOneof("type") == "exception":
                errors.append("an exception")
            if answer.WhichOneof("type") == "page_not_found":
                errors.append("no such page")
    return errors


if __name__ == "__main__":
    sys.exit(main())
