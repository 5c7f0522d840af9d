"""Photos that others send cost little, whatever they are, and no more than themselves."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.images import decode_worker, isolated_decoding
from core.images.decode_worker import ERROR, MAX_MEMORY, MAX_SECONDS, PHOTO, PROCESS_ID, REPLY
from core.images.decoding import MAX_BYTES, MAX_PIXELS, PhotoError, decode_photo
from core.images.isolated_decoding import DecodeServer, decode_isolated, read_photo
from core.serving.scheduler import BusyError
from tests.helpers.child_costs import Costs, costs_of_children
from tests.helpers.costly_photos import costly_photos
from tests.helpers.decoding_alone import decoding_process, packages_of_decoding
from tests.helpers.pictures import PICTURE, WHOLE_FILES, encode

COSTLY = costly_photos()

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", autouse=True)
def own_server() -> Iterator[DecodeServer]:
    """A decoding process of this module, since some tests end it."""
    server = DecodeServer()
    server.connect().close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolated_decoding, "_SERVER", server)
        yield server


@pytest.fixture
def costs(own_server: DecodeServer) -> Iterator[Costs]:
    """What the children of this test take."""
    decode_isolated(WHOLE_FILES["jpeg"])
    assert own_server.pid is not None
    with costs_of_children(own_server.pid) as measured:
        yield measured


class TestSameAnswers:
    @pytest.mark.parametrize("name", WHOLE_FILES)
    def test_a_photo_is_the_same_as_without_a_process_of_its_own(self, name: str) -> None:
        here, there = decode_photo(WHOLE_FILES[name]), decode_isolated(WHOLE_FILES[name])
        assert np.array_equal(there.pixels, here.pixels)
        assert (there.prepared, there.original_size) == (here.prepared, here.original_size)

    def test_prepared_images_and_large_photos_stay_what_they_are(self) -> None:
        assert decode_isolated(encode(Image.new("L", (128, 128), 9), "PNG")).prepared
        large = decode_isolated(encode(Image.new("RGB", (2160, 3000)), "JPEG"))
        assert (large.width, large.height, large.original_size) == (1080, 1500, (2160, 3000))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "empty"),
            (b"hello", "not a readable photo"),
            (bytes(MAX_BYTES + 1), "larger than 12 MB"),
            (WHOLE_FILES["png"][:400], "damaged or incomplete"),
        ],
    )
    def test_errors_keep_their_words(self, content: bytes, words: str) -> None:
        with pytest.raises(PhotoError, match=words):
            decode_isolated(content)


class TestReading:
    def test_reads_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.png"
        path.write_bytes(WHOLE_FILES["png"])
        assert np.array_equal(read_photo(path).pixels, np.asarray(PICTURE))

    def test_no_such_file_and_no_file_at_all(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for path in (tmp_path / "none.png", tmp_path, pipe, Path("a\0b")):
            with pytest.raises(PhotoError, match="no photo file"):
                read_photo(path)

    def test_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.png"
        path.touch()
        with pytest.raises(PhotoError, match="empty"):
            read_photo(path)

    def test_the_size_is_checked_before_reading(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.jpg"
        with path.open("wb") as file:
            file.truncate(2**36)
        with pytest.raises(PhotoError, match="12 MB"):
            read_photo(path)

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "photo.png"
        path.write_bytes(WHOLE_FILES["png"])

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(PhotoError, match="Permission denied"):
            read_photo(path)


class TestLimits:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", COSTLY)
    def test_a_costly_photo_takes_little_time_and_memory(self, name: str, costs: Costs) -> None:
        with contextlib.suppress(PhotoError):
            photo = decode_isolated(COSTLY[name]())
            assert photo.width * photo.height <= MAX_PIXELS
        assert costs.processor_seconds <= MAX_SECONDS + 0.2
        assert costs.resident_bytes < MAX_MEMORY + 50e6

    @pytest.mark.slow
    def test_it_does_not_hold_up_the_others(self) -> None:
        stalling = COSTLY["nothing but FF"]()
        with ThreadPoolExecutor(2) as pool:
            attacks = [pool.submit(decode_isolated, stalling) for _ in range(2)]
            started = time.perf_counter()
            assert decode_isolated(WHOLE_FILES["jpeg"]).width == 60
            waited = time.perf_counter() - started
            assert not any(attack.done() for attack in attacks)
        assert waited < 1
        assert all(isinstance(attack.exception(), PhotoError) for attack in attacks)

    @pytest.mark.slow
    def test_it_takes_two_seconds_however_busy_the_machine_is(self) -> None:
        """Measured inside the child, whose clock starts when it does."""
        if (child := os.fork()) == 0:
            # Never further than this: it is a copy of the process that runs the tests.
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                decode_worker._limit(resource.RLIM_INFINITY)
                while True:
                    signal.pause()
            finally:
                os._exit(1)
        started = time.monotonic()
        assert os.waitpid(child, 0)[1] == signal.SIGALRM
        assert time.monotonic() - started < MAX_SECONDS + 0.5

    def test_while_others_wait_it_ends_sooner(self, costs: Costs) -> None:
        started = time.perf_counter()
        with pytest.raises(BusyError):
            decode_isolated(COSTLY["nothing but FF"](), lambda: True)
        assert isolated_decoding.FAIR_SECONDS <= time.perf_counter() - started < 2
        time.sleep(0.1)
        assert costs.running == 0


class TestServer:
    def test_it_is_started_anew_when_it_ended(self, own_server: DecodeServer) -> None:
        for _ in range(2):
            assert own_server.pid is not None
            os.kill(own_server.pid, signal.SIGKILL)
            time.sleep(0.1)
            assert decode_isolated(WHOLE_FILES["png"]).width == 60

    def test_many_at_once_are_kept_apart(self) -> None:
        files = [encode(Image.new("L", (20 + n, 30), n), "PNG") for n in range(16)]
        with ThreadPoolExecutor(8) as pool:
            photos = list(pool.map(decode_isolated, files))
        assert [(photo.width, photo.pixels[0, 0, 0]) for photo in photos] == [
            (20 + n, n) for n in range(16)
        ]

    def test_it_ends_with_the_app(self) -> None:
        process_id = decoding_process()
        for _ in range(100):
            try:
                os.kill(process_id, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        pytest.fail("the decoding process outlived the app")

    def test_it_loads_neither_streamlit_nor_tensorflow(self) -> None:
        packages = packages_of_decoding()
        assert {"cv2", "PIL"} <= set(packages)
        assert not {"streamlit", "tensorflow", "keras", "ai_edge_litert", "pandas"} & set(packages)

    def test_limits_of_a_child(self) -> None:
        """What ``_limit`` sets is set, so that a child can write no file and leave no image."""
        if (child := os.fork()) == 0:
            decode_worker._limit(resource.RLIM_INFINITY)
            limits = [
                resource.getrlimit(each)[1]
                for each in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
            ]
            os._exit(
                0
                if limits == [0, 0] and resource.getrlimit(resource.RLIMIT_CPU)[1] == MAX_SECONDS
                else 1
            )
        assert os.waitpid(child, 0)[1] == 0


@pytest.fixture
def taken_over() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a child's place, which does nothing by itself."""
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield process
        process.kill()


class TestAnswers:
    """A decoder that a file took over may answer anything."""

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            REPLY.pack(PHOTO, 8, 8, 0, 0)[:3],
            REPLY.pack(PHOTO, 2**32 - 1, 2**32 - 1, 0, 0),
            REPLY.pack(PHOTO, 5_000, 5_000, 0, 0),
            REPLY.pack(PHOTO, 0, 0, 0, 0),
            REPLY.pack(PHOTO, 8, 8, 0, 0) + bytes(100),
            REPLY.pack(200, 8, 8, 0, 0) + bytes(100),
            REPLY.pack(ERROR, 0, 2**32 - 1, 0, 0) + b"\xff" * 5_000,
        ],
    )
    def test_each_becomes_a_short_error(
        self,
        answer: bytes,
        taken_over: subprocess.Popen[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        ours, theirs = socket.socketpair()

        def send() -> None:
            with theirs:
                theirs.sendall(PROCESS_ID.pack(taken_over.pid) + answer)
                theirs.shutdown(socket.SHUT_WR)
                theirs.recv(10)

        monkeypatch.setattr(isolated_decoding._SERVER, "connect", lambda: ours)
        thread = threading.Thread(target=send)
        thread.start()
        with pytest.raises(PhotoError) as raised:
            decode_isolated(b"photo")
        thread.join()
        assert len(str(raised.value)) <= 1_000

    @pytest.mark.parametrize("begun", [b"", REPLY.pack(PHOTO, 8, 8, 0, 0) + bytes(100)])
    def test_one_that_never_ends_is_killed(
        self,
        begun: bytes,
        taken_over: subprocess.Popen[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        ours, theirs = socket.socketpair()
        theirs.sendall(PROCESS_ID.pack(taken_over.pid) + begun)
        monkeypatch.setattr(isolated_decoding._SERVER, "connect", lambda: ours)
        monkeypatch.setattr(isolated_decoding, "_ANSWER_SECONDS", 0.2)
        with theirs, pytest.raises(PhotoError, match="Try it again"):
            decode_isolated(b"photo")
        assert taken_over.wait(timeout=30) == -signal.SIGKILL
