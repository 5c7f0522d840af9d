"""The decoding of photos in a process that has loaded nothing else."""

import sys

from tests.helpers.own_process import in_own_process


@in_own_process
def decoding_process() -> int:
    """The process id of the decoding process that an app started before it ended."""
    from core.images.isolated_decoding import _SERVER, start_decoding

    start_decoding()
    assert _SERVER.pid is not None
    return _SERVER.pid


@in_own_process
def packages_of_decoding() -> list[str]:
    """The packages that the decoding process loads."""
    import core.images.decode_worker  # noqa: F401

    return sorted({name.partition(".")[0] for name in sys.modules})
