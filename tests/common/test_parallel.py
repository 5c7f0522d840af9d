"""Parts spread over a cluster: the same results, whatever is lost or interrupted."""

import random
import signal
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from distributed import Client, KilledWorker
from distributed.security import Security

from core.__main__ import main
from core.common import parallel
from core.common.errors import UserError
from core.common.parallel import all_parts, cluster, map_parts
from core.common.progress import ProgressLine
from core.datasets.store import Dataset
from tests.helpers.cluster_parts import (
    STEPS,
    draw,
    fail,
    process,
    steps_of,
    talk_unless_first,
    walks,
)

WALKS = 8


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Of a cluster on this machine, of two processes however many cores there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("distributed.deploy.local.CPU_COUNT", 2)
        with cluster("local"):
            started = parallel._client.get()
            assert started is not None
            yield started


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> tuple[float, ...]:
    """The results without a cluster; the module's first test needs it before the cluster."""
    return tuple(each.end for each in walks(tmp_path_factory.mktemp("serial"), WALKS))


@pytest.fixture
def folder(serial: tuple[float, ...], client: Client, tmp_path: Path) -> Path:
    """What the workers share, both of which are there."""
    client.wait_for_workers(2)
    return tmp_path


def every_step() -> list[str]:
    return sorted(f"{seed} {step}" for seed in range(WALKS) for step in range(1, STEPS + 1))


def test_parts_run_in_two_other_processes_and_say_what_they_do_here(
    folder: Path, serial: tuple[float, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    assert tuple(each.end for each in walks(folder, WALKS)) == serial
    assert steps_of(folder) == every_step()
    captured = capfd.readouterr()
    assert sorted(captured.out.splitlines()) == [f"walk {seed} ended" for seed in range(WALKS)]
    assert f"{WALKS}/{WALKS}" in captured.err
    assert len(set(all_parts(process, range(20), "Asking"))) == 2


def test_only_the_step_in_which_a_worker_was_lost_is_taken_again(
    folder: Path, serial: tuple[float, ...]
) -> None:
    (folder / "fatal_3").touch()
    assert tuple(each.end for each in walks(folder, WALKS)) == serial
    assert not (folder / "fatal_3").exists()
    assert steps_of(folder) == sorted([*every_step(), f"3 {STEPS // 2}"])


def test_an_interrupted_client_goes_on_with_what_is_not_finished(
    folder: Path, serial: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: ProgressLine, done: int, total: int) -> None:
        if done >= 2:
            signal.raise_signal(signal.SIGINT)

    # A shell has what it starts in the background ignore it.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(ProgressLine, "__call__", interrupt)
            with pytest.raises(KeyboardInterrupt):
                walks(folder, WALKS)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert tuple(each.end for each in walks(folder, WALKS)) == serial
    assert steps_of(folder) == every_step()


def test_a_part_that_fails_is_tried_again_and_then_reported(folder: Path) -> None:
    log = folder / "tries"
    with pytest.raises(OSError, match="tries"):
        all_parts(fail, [str(log)], "Failing")
    assert len(log.read_text().splitlines()) == 1 + parallel.RETRIES


def test_nobody_draws_from_the_generator_that_a_part_has_seeded(folder: Path) -> None:
    expected = tuple(random.Random(seed).random() for seed in (1, 2))
    assert all_parts(draw, (1, 2), "Drawing") == expected


@pytest.mark.timeout(60)
def test_a_part_whose_client_has_gone_ends_at_its_next_line(folder: Path) -> None:
    parts = map_parts(talk_unless_first, range(3), "Talking")
    assert next(parts) == (0, 0)
    parts.close()
    # Both workers are free again.
    assert len(set(all_parts(process, range(20), "Asking"))) == 2


@pytest.mark.timeout(60)
def test_a_lost_scheduler_is_no_result(folder: Path, client: Client) -> None:
    parts = map_parts(talk_unless_first, range(3), "Talking")
    assert next(parts) == (0, 0)
    # This is what a client does with what it waits for when its connection is lost.
    for state in client.futures.values():
        state.cancel()
    with pytest.raises(UserError, match=r"scheduler was lost.*run the same command"):
        next(parts)


def test_a_part_that_ends_its_workers_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> Iterator[object]:
        raise KilledWorker("part-7", None, 3)  # type: ignore[arg-type]

    monkeypatch.setattr("distributed.as_completed", lost)
    with pytest.raises(UserError, match=r"same part \(part-7\).*run the same command"):
        list(map_parts(process, [1], "Asking"))


def test_nobody_else_on_the_machine_can_use_the_cluster(client: Client) -> None:
    address = client.scheduler_info()["address"]
    assert address.startswith("tls://127.0.0.1:")
    stranger = Security.temporary()
    with pytest.raises(OSError, match=r"certificate|CERTIFICATE|Timed out"):
        Client(address, security=stranger, timeout=1)


@pytest.mark.parametrize("command", [["experiment", "pooling"], ["train", "softmax"]])
def test_a_command_computes_on_the_cluster_of_its_address(
    synthetic: Dataset, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    addresses: list[str | None] = []

    def reached(address: str | None) -> NoReturn:
        addresses.append(address)
        raise UserError("reached")

    monkeypatch.setattr("core.cli.experiment.open_store", lambda _: synthetic)
    monkeypatch.setattr("core.cli.train.best_dataset", lambda _: synthetic)
    monkeypatch.setattr(f"core.cli.{command[0]}.cluster", reached)
    assert main([*command, "--cluster", "tls://10.0.0.1:8786"]) == main(command) == 1
    assert addresses == ["tls://10.0.0.1:8786", None]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["experiment", "near_duplicates"], "has no independent parts"),
        (["train", "hand_detector"], "One seed has no independent parts"),
        (["train", "softmax", "--dry-run"], "One seed has no independent parts"),
    ],
)
def test_what_has_no_parts_is_refused(
    command: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--cluster", "local"]) == 1
    assert message in capsys.readouterr().err


def test_an_address_without_a_protocol_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["experiment", "pooling", "--cluster", "10.0.0.1:8786"])
    assert "must be local, tcp://HOST:PORT or tls://HOST:PORT" in capsys.readouterr().err


def test_workers_of_several_threads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    two = SimpleNamespace(nthreads=lambda: {"tcp://10.0.0.2:1": 1, "tcp://10.0.0.3:1": 2})
    monkeypatch.setattr("distributed.Client", lambda _: nullcontext(two))
    with pytest.raises(UserError, match="--nthreads 1"), cluster("tcp://10.0.0.1:8786"):
        pass


def test_without_dask_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match="pip install"), cluster("local"):
        pass
