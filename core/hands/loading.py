"""The published models of a process: checked, loaded once, and replaced while others answer."""

import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.hands.tflite import ServedNet
from core.serving.logging import log_event
from core.zoo import get_spec

LOOK_SECONDS = 1.0
"""Between two looks at whether a model's folder was replaced."""

TOLERANCE = 1e-3
"""Of a test answer. Other kernels add in another order (LiteRT's own and XNNPACK's: 5e-5), and a
server must start on every processor; other weights differ by far more."""


@dataclass(frozen=True)
class LoadedModel:
    """A published model whose network gave the test answers of its card."""

    card: Card
    net: ServedNet
    version: artifacts.Version


def load_model(name: str, root: Path = artifacts.MODELS_ROOT) -> LoadedModel:
    """Load a model as it is published, and test it.

    Raises:
        ArtifactError: it is not trained, a file is damaged, or it answers otherwise than its card
            says.
    """
    version = artifacts.version_of(name, root)
    card = artifacts.read_card(name, root)
    net = ServedNet(artifacts.read_verified(name, artifacts.SERVING_FILE, root), card.task)
    if version != artifacts.version_of(name, root):
        # The folder was replaced meanwhile, and the card may be another model's.
        return load_model(name, root)
    try:
        answers = np.array(net.test_answers())
        is_right = np.allclose(answers, np.array(card.test_answers), TOLERANCE, TOLERANCE)
    except (ValueError, RuntimeError):
        is_right = False
    if not is_right:
        raise ArtifactError(
            f"The model '{name}' does not give the test answers of its card. Restore it with git, "
            f"or train again: python -m core train {name}"
        )
    return LoadedModel(card, net, version)


def loaded(name: str, root: Path = artifacts.MODELS_ROOT) -> LoadedModel:
    """The model as it is published now, loaded once; a new version replaces it within seconds.

    A new version that cannot be loaded is refused in the log, and the one before goes on.

    Raises:
        ArtifactError: none could be loaded so far.
    """
    return _current(name, root).get()


def serve(name: str, root: Path = artifacts.MODELS_ROOT) -> ServedNet:
    """The network of a trained model of the article.

    Raises:
        UserError: there is no such model, it is not trained, or its file is damaged.
    """
    return loaded(get_spec(name).name, root).net


class _CurrentModel:
    """A model of which one thread loads a new version while the others use the one before."""

    def __init__(self, name: str, root: Path) -> None:
        self._name = name
        self._root = root
        self._lock = threading.Lock()
        self._model: LoadedModel | None = None
        self._tried: artifacts.Version | None = None
        self._next_look = 0.0

    def get(self) -> LoadedModel:
        if self._lock.acquire(blocking=self._model is None):
            try:
                self._look()
            finally:
                self._lock.release()
        assert self._model is not None
        return self._model

    def _look(self) -> None:
        if self._model is not None and time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        version = artifacts.version_of(self._name, self._root)
        if self._model is not None and version == self._tried:
            return
        self._tried = version
        is_first = self._model is None
        try:
            self._model = load_model(self._name, self._root)
        except ArtifactError as error:
            if is_first:
                raise
            log_event("model refused", model=self._name, reason=str(error))
        else:
            if not is_first:
                log_event("model replaced", model=self._name)


@cache
def _current(name: str, root: Path) -> _CurrentModel:
    return _CurrentModel(name, root)
