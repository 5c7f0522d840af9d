"""The training of the detector and the classifier: dry runs, losses, learning rates, the record."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.artifacts.store import (
    SERVING_FILE,
    HandEpoch,
    read_card,
    read_history,
    read_verified,
)
from core.common.environment import FACTS_FILE, keep_facts, kept_facts
from core.hands.tflite import ServedNet
from core.hands_training.fine_tuning import (
    TUNED_SHARE,
    average_weights,
    load_published,
    with_batch_norm,
    without_batch_norm,
)
from core.hands_training.publish import export_inputs, training_of
from core.hands_training.trainer import continued
from core.zoo import fine_tuning_of, hand_specs
from tests.helpers.keras_process import in_keras_process, run_command


@pytest.mark.keras
@pytest.mark.parametrize("options", [[], ["--fine-tune"]])
@pytest.mark.parametrize("name", ["hand_detector", "hand_classifier"])
def test_the_whole_training_passes_a_dry_run(name: str, options: list[str]) -> None:
    done = run_command("train", name, "--dry-run", *options)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "epoch 2/2" in done.stdout
    assert "nothing was kept" in done.stdout


@pytest.mark.keras
@pytest.mark.parametrize("name", ["hand_detector", "hand_classifier"])
@in_keras_process
def test_fine_tuning_starts_where_the_published_model_is(name: str) -> None:
    spec = hand_specs()[name]
    given = export_inputs(spec.task, 3)
    published = load_published(spec)
    bare = without_batch_norm(published)
    served = ServedNet(read_verified(name, SERVING_FILE), spec.task)
    expected = np.concatenate([served.answer(one[None]) for one in given])
    for model in (published, bare, with_batch_norm(bare, spec)):
        np.testing.assert_allclose(np.asarray(model(given)), expected, atol=5e-3, rtol=5e-3)
    kinds = {type(layer).__name__ for layer in bare.layers}
    assert "BatchNormalization" not in kinds
    # The same while it is trained, but for the classifier's dropout.
    if "Dropout" not in kinds:
        while_training = np.asarray(bare(given, training=True))
        np.testing.assert_allclose(while_training, expected, atol=5e-3, rtol=5e-3)
    unfolded = spec.build()
    (normalisation, *_) = [each for each in unfolded.layers if "batch_norm" in each.name]
    normalisation.set_weights([weights + 0.5 for weights in normalisation.get_weights()])
    with pytest.raises(ValueError, match="is not folded"):
        without_batch_norm(unfolded)


@pytest.mark.parametrize("name", ["hand_detector", "hand_classifier"])
def test_a_card_keeps_what_a_fine_tuned_model_learned_before(name: str) -> None:
    card = read_card(name)
    earlier = training_of(card)
    assert (earlier.machine, earlier.versions) == (card.machine, card.versions)
    assert (earlier.samples, earlier.data) == (card.on_photos.samples, card.on_photos.data)
    assert earlier.weights_sha256 == card.sha256["weights.keras"]
    before = sum(each.epochs for each in card.on_photos.earlier)
    assert earlier.epochs == card.epochs - before > 0
    # Trained on once more, only the epochs of the last training are its own.
    longer = replace(card.on_photos, earlier=(*card.on_photos.earlier, earlier))
    again = training_of(replace(card, photos=longer, epochs=card.epochs + 3))
    assert again.epochs == 3


def test_the_history_goes_on_where_that_of_the_published_model_ended() -> None:
    before = read_history(HandEpoch, "hand_detector")
    history = continued(hand_specs()["hand_detector"], [HandEpoch(1, 0.5, 3e-4, 2.0)])
    assert history[:-1] == before
    assert history[-1] == HandEpoch(len(before) + 1, 0.5, 3e-4, 2.0)


@pytest.mark.keras
@in_keras_process
def test_most_of_what_was_fine_tuned_is_kept() -> None:
    spec = hand_specs()["hand_detector"]
    published, tuned = (without_batch_norm(load_published(spec)) for _ in range(2))
    before = published.get_weights()
    tuned.set_weights([weights + 2 for weights in before])
    average_weights(published, tuned)
    for was, now in zip(before, published.get_weights(), strict=True):
        np.testing.assert_allclose(now, was + 2 * TUNED_SHARE, rtol=1e-5, atol=1e-6)


def test_only_models_for_any_camera_are_fine_tuned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "cnn", "--fine-tune"]) == 1
    assert "can be fine-tuned" in capsys.readouterr().err
    with pytest.raises(ValueError, match="no recipe for fine-tuning"):
        fine_tuning_of(replace(hand_specs()["hand_detector"], fine_tuning=None))


def test_a_training_is_recorded_with_the_machine_that_it_ran_on(tmp_path: Path) -> None:
    elsewhere = {"machine": "x86_64, Linux, a graphics card", "versions": {"jax": "9.9"}}
    (tmp_path / FACTS_FILE).write_text(json.dumps(elsewhere))
    machine, versions = kept_facts(tmp_path)
    assert (machine, versions["jax"]) == (elsewhere["machine"], "9.9")
    assert "tensorflow" in versions
    keep_facts(tmp_path)
    assert kept_facts(tmp_path)[0].endswith("CPU")
    for damaged in ("", "[]", '{"machine": 1}', '{"machine": "", "versions": 3}'):
        (tmp_path / FACTS_FILE).write_text(damaged)
        assert kept_facts(tmp_path)[0].endswith("CPU")


def test_the_learning_rate_falls_in_each_cycle() -> None:
    recipe = replace(hand_specs()["hand_detector"].recipe, cycles=(10, 10))
    rates = [recipe.learning_rate_at(n / 4) for n in range(80)]
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates[4:40] == sorted(rates[4:40], reverse=True)
    np.testing.assert_allclose(rates[:40], 2 * np.array(rates[40:]))
    assert rates[39] < 0.03 * recipe.learning_rate
