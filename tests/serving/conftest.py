"""A running server for all tests of this folder, since each takes seconds to start."""

from collections.abc import Iterator

import pytest

from tests.helpers.running_server import RunningServer, run_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The app's server, ready."""
    with run_server(tmp_path_factory.mktemp("server") / "log") as running:
        yield running
