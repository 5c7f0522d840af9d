"""What the finder and the reader learn from, and how they are measured."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.__main__ import main
from core.artifacts import is_trained
from core.errors import UserError
from core.field.reader import turn_of
from core.field.reader_answers import LANDMARKS
from core.field_training import exam as exam_module
from core.field_training.calibrating import calibrate_reader
from core.field_training.crop_material import Mistakes, load_material
from core.field_training.crops import SHARES, Sample, draw_sample, upright
from core.field_training.drawn import DrawnFrames, draw_frame, drawn_frames
from core.field_training.exam import DRAWN, EMPTY, ExamPhoto, exams, sources_in, sources_of
from core.field_training.frames import draw_frame_sample, load_frame_material
from core.field_training.outcomes import Outcome, ask_peer, lab_outcomes, our_outcomes
from core.field_training.pack import Pack, read_landmarks, read_pack, write_pack
from core.field_training.reader_task import hand_answer
from core.field_training.report import measure
from core.field_training.scores import (
    answered_share,
    count_share,
    found_share,
    misread,
    reported_share,
    side_share,
)
from core.field_training.sources import (
    UNKNOWN,
    LabelledHand,
    PhotoArchive,
    available,
    read_labels,
)
from core.field_training.training import learning_rate_at
from core.finding import FoundHand
from core.recognition import LabRecogniser
from core.recording_facts import FACTS_FILE, keep_facts, kept_facts
from core.samples import draw_sample as draw_person_s_hand
from core.types import SIDES, Box, Photo
from core.zoo import all_specs, field_specs

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = (
    "file", "gesture", "fingers", "side", "extended", "face", "xmin", "ymin", "xmax", "ymax",
)  # fmt: skip
PHOTOS = 10


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one dataset of drawn photos, laid out as the real ones are."""
    folder = tmp_path_factory.mktemp("photos")
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS)
    table.writeheader()
    with zipfile.ZipFile(folder / "selfies.zip", "w") as archive:
        seed = 0
        for number in range(1, PHOTOS + 1):
            frame, hands = draw_frame(seed := seed + 1)
            while len(hands) != 1:
                frame, hands = draw_frame(seed := seed + 1)
            name = f"images/drawn_{number:02d}.jpg"
            pixels = np.ascontiguousarray(frame[:, :, 2::-1])
            archive.writestr(name, cv2.imencode(".jpg", pixels)[1].tobytes())
            up = [
                letter for letter, is_up in zip("TIMRL", hands["fingers"][0], strict=True) if is_up
            ]
            box = dict(zip(COLUMNS[-4:], map(str, hands["box"][0]), strict=True))
            side, face = "LR"[hands["side"][0]], ("palm", "back")[hands["face"][0]]
            table.writerow(
                {
                    "file": name, "gesture": "drawn", "fingers": len(up), "side": side,
                    "extended": "".join(up), "face": face, **box,
                }
            )  # fmt: skip
        archive.writestr("labels.csv", text.getvalue())
    return folder


@pytest.fixture(scope="module")
def pack(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    path = tmp_path_factory.mktemp("pack") / "pack.npz"
    write_pack(path, photos, None, {}, lambda done, total: None)
    return read_pack(path)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnFrames:
    return drawn_frames(tmp_path_factory.mktemp("drawn"), 24, workers=1)


def test_a_table_says_what_each_photo_shows(photos: Path) -> None:
    (dataset,) = available(photos)
    labelled = read_labels(dataset, PhotoArchive(photos, dataset.name))
    assert len(labelled) == PHOTOS
    assert [photo.held_out for photo in labelled] == [n % 5 == 0 for n in range(1, PHOTOS + 1)]
    for photo in labelled:
        (hand,) = photo.hands
        assert photo.complete
        assert sum(hand.extended) == hand.fingers
        assert {hand.side, hand.face} <= {0, 1}


def test_a_file_outside_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "selfies").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(UserError, match="lies outside"):
        PhotoArchive(tmp_path, "selfies").read("../secret.txt")


def test_a_damaged_zip_and_a_missing_dataset_are_named(tmp_path: Path) -> None:
    (tmp_path / "selfies.zip").write_bytes(b"no zip")
    with pytest.raises(UserError, match=r"selfies\.zip is not a zip"):
        PhotoArchive(tmp_path, "selfies")
    with pytest.raises(UserError, match="neither"):
        PhotoArchive(tmp_path, "room_hands")


def test_a_table_without_fingers_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "selfies"
    folder.mkdir()
    (folder / "labels.csv").write_text("file,side\na_1.jpg,L\n")
    (dataset,) = available(tmp_path)
    with pytest.raises(UserError, match="labels of 'selfies' cannot be read"):
        read_labels(dataset, PhotoArchive(tmp_path, "selfies"))


def test_a_pack_holds_the_photos_and_their_labels(pack: Pack) -> None:
    assert len(pack.photos) == len(pack.hands) == PHOTOS
    assert int(pack.photos["held_out"].sum()) == 2
    assert pack.photo(3).shape == (192, 256, 3)
    assert np.isnan(pack.hands["landmarks"]).all()
    assert (pack.hands["extended"].sum(axis=1) == pack.hands["fingers"]).all()


def test_packing_the_same_photos_gives_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_pack(tmp_path / name, photos, None, {}, lambda done, total: None)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_missing_pack_tells_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="data pack FOLDER"):
        read_pack(tmp_path / "none.npz")


def test_landmarks_are_read_by_dataset_and_file(tmp_path: Path) -> None:
    points = [[float(n), 2.0] for n in range(21)]
    line = {"file": "/x/selfies/images/a.jpg", "hands": [{"points": points}]}
    (tmp_path / "answers.jsonl").write_text(json.dumps(line) + "\n")
    found = read_landmarks(tmp_path / "answers.jsonl")
    assert found["selfies/images/a.jpg"][0][20].tolist() == [20.0, 2.0]
    (tmp_path / "broken.jsonl").write_text("{}\n")
    with pytest.raises(UserError, match="no landmarks"):
        read_landmarks(tmp_path / "broken.jsonl")


def test_drawn_frames_are_kept_and_always_the_same(drawn: DrawnFrames, tmp_path: Path) -> None:
    again = drawn_frames(tmp_path, 24, workers=1)
    np.testing.assert_array_equal(again.frames, drawn.frames)
    np.testing.assert_array_equal(again.hands, drawn.hands)
    assert drawn.hands["frame"].tolist() == sorted(drawn.hands["frame"].tolist())
    assert drawn.hands["frame"].max() > 15
    for hand in drawn.hands:
        x0, y0, x1, y1 = hand["box"].astype(int)
        cover = drawn.frames[hand["frame"], y0:y1, x0:x1, 3]
        assert (cover > 128).mean() > 0.1


def test_held_out_photos_are_in_no_training_sample(pack: Pack, drawn: DrawnFrames) -> None:
    assert len(load_material(pack, drawn).photos["selfies"]) == PHOTOS - 2
    assert len(load_frame_material(pack, drawn).photos["selfies"]) == PHOTOS - 2
    assert len(sources_of(pack)["selfies"].photos) == 2


def test_samples_are_images_with_answers(pack: Pack, drawn: DrawnFrames) -> None:
    material, frames = load_material(pack, drawn), load_frame_material(pack, drawn)
    assert sum(SHARES.values()) == pytest.approx(1)
    rng = np.random.default_rng(0)
    for _ in range(60):
        sample = draw_sample(material, rng)
        assert sample.image.shape == (128, 128)
        assert sample.image.dtype == np.uint8
        assert sample.answer.shape == (56,)
        image, answer = draw_frame_sample(frames, rng)
        assert image.shape == (192, 192, 3)
        assert image.dtype == np.uint8
        assert answer.shape == (24, 24, 6)


def test_surer_mistakes_of_the_finder_are_learned_from_more_often() -> None:
    grey = np.zeros((40, 40), np.uint8)
    box = Box(0, 0, 20, 20)
    mistakes = Mistakes.of([(grey, FoundHand(box, 0.04)), (grey, FoundHand(box, 0.36))])
    np.testing.assert_allclose(mistakes.chances, [0.25, 0.75])
    assert Mistakes.of([]).places == []


def test_the_same_seed_draws_the_same_samples(pack: Pack, drawn: DrawnFrames) -> None:
    material = load_material(pack, drawn)
    one, two = (draw_sample(material, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.answer, two.answer)


def test_exams_of_a_folder_and_of_its_pack_show_the_same_hands(photos: Path, pack: Pack) -> None:
    of_folder = exams(sources_in(photos), None)["selfies"]()
    of_pack = exams(sources_of(pack), None)["selfies"]()
    for one, other in zip(of_folder, of_pack, strict=True):
        assert one.hands[0].fingers == other.hands[0].fingers
        assert one.hands[0].box == pytest.approx(other.hands[0].box, abs=1e-3)


def test_hand_free_exams_have_no_hand_in_them(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exam_module, "EMPTY_FRAMES", 4)
    monkeypatch.setattr(exam_module, "DRAWN_FRAMES", 5)
    found = exams(sources_in(photos), None)
    empty = list(found[EMPTY]())
    assert len(empty) > 4
    assert not any(photo.hands for photo in empty)
    one_hand = list(found[DRAWN]())
    assert [len(photo.hands) for photo in one_hand] == [1] * 5


HAND = LabelledHand(2, 1, 0, (0, 1, 1, 0, 0), Box(0, 0, 10, 10))


def outcome(fingers: int, sure: float = 0.9, side: int = 1, box: Box | None = HAND.box) -> Outcome:
    probabilities = tuple(sure if n == fingers else (1 - sure) / 5 for n in range(6))
    found = () if box is None else (box,)
    if box is None:
        return Outcome("x", (HAND,), (), UNKNOWN, UNKNOWN, UNKNOWN)
    return Outcome("x", (HAND,), found, fingers, side, 0, probabilities)


def test_a_hand_that_is_not_found_counts_as_wrong() -> None:
    said = [outcome(2), outcome(3), outcome(2, side=0), outcome(2, box=None)]
    assert count_share(said) == (4, 0.5)
    assert side_share(said) == (4, 0.5)
    assert found_share(said) == (4, 0.75)
    assert [(each.true, each.predicted) for each in misread("set", said)] == [
        ("2", "3"),
        ("2", "no hand"),
    ]


def test_found_needs_half_of_the_union() -> None:
    assert found_share([outcome(2, box=Box(0, 0, 10, 5.1))])[1] == 1
    assert found_share([outcome(2, box=Box(0, 0, 10, 4.9))])[1] == 0


def test_answers_are_given_as_long_as_99_of_100_are_right() -> None:
    right = [outcome(2, sure=0.9 - n / 1000) for n in range(100)]
    assert answered_share(right)[1] == 1
    assert answered_share([*right, outcome(3, sure=0.3)])[1] == 1
    two_wrong = [*right, outcome(3, sure=0.5), outcome(3, sure=0.4)]
    assert answered_share(two_wrong)[1] == pytest.approx(101 / 102)
    assert answered_share([outcome(3)])[1] == 0


def test_reported_hands_are_counted() -> None:
    empty = Outcome("x", (), (), UNKNOWN, UNKNOWN, UNKNOWN)
    wrong = Outcome("x", (), (Box(0, 0, 5, 5),), 1, 0, 0, (1.0,))
    assert reported_share([empty, empty, wrong, empty]) == (4, 0.25)


def test_our_outcomes_are_what_the_program_says() -> None:
    def drawn_photos() -> Iterator[ExamPhoto]:
        yield from list(exams({}, None)[EMPTY]())[:2]

    said = our_outcomes(drawn_photos(), LabRecogniser())
    assert len(said) == 2


def test_the_article_s_models_are_asked_as_their_recogniser_asks_them() -> None:
    def photos() -> Iterator[ExamPhoto]:
        for count in range(6):
            truth = LabelledHand(count, SIDES.index("R"), 0, (), None)
            photo = Photo(draw_person_s_hand(count, "R", count).pixels)
            yield ExamPhoto(str(count), photo, (truth,))
        yield ExamPhoto("empty", Photo(np.full((120, 160, 3), 90, np.uint8)), ())

    said = lab_outcomes(photos(), ["cnn_batch_norm", "hand_side"])
    both = our_outcomes(photos(), LabRecogniser())
    for count, side, whole in zip(said["cnn_batch_norm"], said["hand_side"], both, strict=True):
        assert (count.fingers, side.side) == (whole.fingers, whole.side)
        assert count.boxes == side.boxes == whole.boxes
        assert count.side == side.fingers == UNKNOWN
    assert count_share(said["cnn_batch_norm"])[0] == side_share(said["hand_side"])[0] == 6


def test_all_trained_models_of_the_article_are_compared(photos: Path) -> None:
    exam = {"selfies": exams(sources_in(photos), None)["selfies"]}
    rows = measure(exam, None).comparison
    assert {(row.title, row.target) for row in rows} == {
        (spec.title, spec.target) for spec in all_specs().values() if is_trained(spec.name)
    }
    assert {(row.field_images, row.lab_images) for row in rows} == {(PHOTOS // 5, 3_600)}


def test_without_photos_nothing_is_calibrated() -> None:
    class Silent:
        pass

    fitted = calibrate_reader(Silent(), {})  # type: ignore[arg-type]
    assert (fitted.count, fitted.side, fitted.face) == (1, 1, 1)


def test_a_peer_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="MediaPipe cannot be run"):
        ask_peer([tmp_path / "a.png"], tmp_path / "no-python")


def test_packing_from_the_command_line(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    assert main(["data", "pack", str(photos)]) == 0
    assert f"Packed {PHOTOS} photos" in capsys.readouterr().out
    assert main(["data", "pack", str(tmp_path / "nothing")]) == 1
    assert "no datasets" in capsys.readouterr().err


@pytest.mark.keras
@pytest.mark.parametrize("name", ["finder", "reader"])
def test_the_whole_training_runs_dry(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", name, "--dry-run"],
        capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "epoch 2/2" in done.stdout
    assert "nothing of it was kept" in done.stdout


LOSSES = """
import numpy as np, keras
from core.field_training.finder_task import finding_loss, frame_answer
from core.field_training.reader_task import YES_OR_NO_WEIGHTS, hand_answer, no_hand, reading_loss
from core.types import Box
from core.zoo import field_specs

rng = np.random.default_rng(0)
row = hand_answer(3, 1, 0, np.array([0, 1, 1, 1, 0]), np.zeros((21, 2), np.float32))
said = rng.standard_normal((2, 56)).astype("float32")
full = float(reading_loss(np.stack([row, row]), said))
right = said.copy(); right[:, 3] = 9; right[:, 6] = 9; right[:, 7] = -9; right[:, 8] = 9
right[:, 9:14] = [-9, 9, 9, 9, -9]; right[:, 14:] = 0
assert float(reading_loss(np.stack([row, row]), right)) < 0.25 < full
# By hand: only "no hand" is asked of the second row.
one = said[:1]; asked = no_hand()[None]
expected = YES_OR_NO_WEIGHTS[2] * np.log1p(np.exp(one[0, 8]))
np.testing.assert_allclose(float(reading_loss(asked, one)), expected, rtol=1e-5)

box = Box(60, 50, 120, 140)
asked = frame_answer([box], [Box(0, 0, 40, 40)])[None]
output = np.full((1, 24, 24, 5), -6, "float32")
known = asked[..., 1] > 0
output[known] = np.concatenate([np.zeros((known.sum(), 1)), np.log(asked[known][:, 2:])], axis=1)
heat = np.nan_to_num(asked[..., 0]); output[heat > 0.999, 0] = 8
good = float(finding_loss(asked, output))
output[..., 1:] += 1.0
assert float(finding_loss(asked, output)) > good + 0.3
output[heat > 0.999, 0] = -8
assert float(finding_loss(asked, output)) > good + 3
shouting = output.copy(); shouting[0, 1, 1, 0] = 20
np.testing.assert_allclose(float(finding_loss(asked, shouting)), float(finding_loss(asked, output)))
print("right")
"""


@pytest.mark.keras
def test_the_losses_are_those_of_the_papers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOSSES],
        capture_output=True, text=True, cwd=ROOT, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "right"


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


def test_a_turned_hand_is_also_learned_upright() -> None:
    """The landmarks that are asked for stay on the joints of the picture."""
    image = np.zeros((128, 128), np.uint8)
    row = hand_answer(2, 1, 0, np.full(5, UNKNOWN), None)
    joints = np.zeros((21, 2), np.float32)
    joints[0], joints[9] = (-0.5, 0.0), (0.3, 0.1)
    row[LANDMARKS] = joints.reshape(-1)
    for (x, y), level in ((joints[0], 120), (joints[9], 240)):
        cv2.circle(image, (round(64 * (x + 1)), round(64 * (y + 1))), 5, level, -1)
    turned = upright(Sample(image, row), np.random.default_rng(4))
    assert abs(turn_of(turned.answer)) < 20
    for joint, level in ((0, 120), (9, 240)):
        x, y = turned.answer[LANDMARKS].reshape(21, 2)[joint]
        seen = np.median(np.argwhere(np.abs(turned.image.astype(int) - level) < 8), axis=0)
        np.testing.assert_allclose((64 * (y + 1), 64 * (x + 1)), seen, atol=1.5)
    np.testing.assert_array_equal(turned.answer[:14], row[:14])
    slightly = row.copy()
    slightly[LANDMARKS] = (joints[:, ::-1] * (1, -1)).reshape(-1)
    kept = upright(Sample(image, slightly), np.random.default_rng(4))
    assert kept.image is image


def test_the_learning_rate_falls_in_each_cycle() -> None:
    spec = field_specs()["finder"]
    recipe = replace(spec.recipe, cycles=(10, 10))
    rates = [learning_rate_at(replace(spec, recipe=recipe), n / 4) for n in range(80)]
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates[4:40] == sorted(rates[4:40], reverse=True)
    np.testing.assert_allclose(rates[:40], 2 * np.array(rates[40:]))
    assert rates[39] < 0.03 * recipe.learning_rate
