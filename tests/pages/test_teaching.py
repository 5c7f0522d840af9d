"""The teaching pages as visitors use them, on a fresh clone: no dataset is imported."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import SPLITS, ImageLabel, store_path, write_store
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records.near_duplicates import NearDuplicatesRecord
from core.experiments.records.store import RecordError, read_record
from core.experiments.regularisation import RegularisationRecord
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import encoded
from tests.helpers.own_process import in_own_process
from tests.helpers.single_page import page_test

OpenPage = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of stores that is still empty."""
    root = tmp_path / "stores"
    monkeypatch.setenv("FINGERS_DATA", str(root))
    return root


def texts_of(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(element.value for element in [*at.markdown, *at.caption])


def headline_of(at: AppTest) -> str:
    assert not at.exception
    return next(text.value for text in at.markdown if 'role="status"' in text.value)


def button(at: AppTest, label: str) -> AppTest:
    (found,) = [each for each in at.button if each.label == label]
    return found.click().run()


def test_pooling_opens_with_a_worked_step_a_hand_and_the_results(open_page: OpenPage) -> None:
    at = open_page("pooling").run()
    assert "max of 0, 1, 1, 0 = 1" in headline_of(at)
    assert "Step 1 of 25. Of 0, 1, 1 and 0, the largest is 1." in texts_of(at)
    assert len(at.image) == 2
    assert "32 × 32 pixels: 1,024 numbers." in texts_of(at)
    assert "2 of 3,600" in texts_of(at)
    assert not at.error


def test_the_window_moves_back_and_forth_and_wraps_around(open_page: OpenPage) -> None:
    at = open_page("pooling", step="24").run()
    assert "Step 24 of 25" in texts_of(at)
    assert "Step 25 of 25" in texts_of(button(at, "Next"))
    assert "Step 1 of 25" in texts_of(button(at, "Next"))
    assert "Step 25 of 25" in texts_of(button(at, "Previous"))
    at.select_slider[0].set_value(3).run()
    assert "Step 3 of 25" in texts_of(at)


def test_the_worked_example_may_average(open_page: OpenPage) -> None:
    at = open_page("pooling", example="Average", step="2").run()
    assert "average of 7, 1, 8, 2 = 4.5" in headline_of(at)
    assert "(7 + 1 + 8 + 2) / 4 = 4.5." in texts_of(at)


def test_a_link_reopens_the_same_pooling(open_page: OpenPage) -> None:
    at = open_page("pooling", pooling="Average", window="8 × 8", stride="3").run()
    assert "41 × 41 pixels: 1,681 numbers." in texts_of(at)
    assert "After average pooling" in texts_of(at)


@pytest.mark.parametrize("text", ["0", "99", "1e400", "<b>", "\0", "x" * 9999])
def test_senseless_settings_of_pooling_give_the_defaults(open_page: OpenPage, text: str) -> None:
    settings = dict.fromkeys(("step", "example", "pooling", "window", "stride"), text)
    at = open_page("pooling", **settings).run()
    assert "Step 1 of 25" in texts_of(at)
    assert "32 × 32 pixels" in texts_of(at)


def test_a_visitor_s_photo_is_preprocessed_and_pooled(open_page: OpenPage) -> None:
    at = open_page("pooling", source="Upload").run()
    assert "appears here" in at.info[0].value
    photo = encoded(draw_sample(5, "L", 12).pixels)
    at.file_uploader[0].upload("hand.jpg", photo, "image/jpeg").run()
    assert len(at.image) == 2
    assert "32 × 32 pixels" in texts_of(at)


def test_what_cannot_be_pooled_is_reported(open_page: OpenPage) -> None:
    at = open_page("pooling", source="Upload").run()
    at.file_uploader[0].upload("hand.jpg", b"no photo", "image/jpeg").run()
    assert "not a readable photo" in at.error[0].value
    assert "Mistakes" in texts_of(at)


def test_the_results_of_pooling_are_those_recorded(open_page: OpenPage) -> None:
    record = read_record("pooling", PoolingRecord)
    at = open_page("pooling").run()
    table = at.table[0].value
    assert list(table["seconds"].astype(float)) == [each.seconds for each in record.runs]
    assert list(table["wrong of 3,600"].astype(int)) == [each.errors for each in record.runs]
    assert record.provenance.data.fingerprint[:12] in texts_of(at)


@pytest.mark.parametrize("name", ["pooling", "data", "learning_curve"])
def test_missing_results_are_reported_in_plain_words(
    open_page: OpenPage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecordError("The experiment has no results yet.")

    monkeypatch.setattr(f"pages.{name}.read_record", fail)
    at = open_page(name).run()
    assert not at.exception
    assert "no results yet" in at.error[0].value


def test_the_data_page_opens_with_the_result_and_synthetic_samples(open_page: OpenPage) -> None:
    record = read_record("near_duplicates", NearDuplicatesRecord)
    at = open_page("data").run()
    assert "of the test images are near-duplicates" in headline_of(at)
    assert f"{record.near_duplicates:,} of its 3,600 test images" in texts_of(at)
    assert "drawn by the program" in texts_of(at)
    # The means of twelve classes, twelve samples, and a drawn pair in the place of the dataset's.
    assert len(at.image) == 26
    assert "one pose twice" in texts_of(at)
    numbers = at.table[0].value["value"]
    assert numbers[0] == "`drawn_2R.png`"
    assert "2 fingers, right hand" in numbers[1]
    arrays = at.table[1].value
    assert list(arrays["training"]) == ["(18000, 128, 128)", "(18000,)", "(18000,)"]
    assert "took 40.6 s in the article" in texts_of(at)
    names = at.dataframe[0].value
    assert list(names["nearest training image"].str.startswith("train/")) == [True, True]
    assert not at.error


@pytest.mark.slow
def test_the_data_page_shows_the_class_in_the_link(open_page: OpenPage) -> None:
    at = open_page("data", count="4", side="Left", samples="3", form="Mirrored").run()
    assert "Samples: 4 fingers, left hand" in texts_of(at)
    assert "that shows the other hand" in texts_of(at)
    assert all("_4L.png" in name for name in at.dataframe[0].value["test image"])


@pytest.mark.parametrize("text", ["6", "-1", "1e400", "<b>", "\0", "x" * 9999])
def test_senseless_settings_of_the_data_give_the_defaults(open_page: OpenPage, text: str) -> None:
    at = open_page("data", count=text, side=text, samples=text if text != "6" else "", form=text)
    assert "Samples: 2 fingers, right hand" in texts_of(at.run())


def test_every_deduplicated_split_is_a_row(open_page: OpenPage) -> None:
    record = read_record("near_duplicates", NearDuplicatesRecord)
    at = open_page("data").run()
    tables = [each.value for each in at.table]
    (splits,) = [table for table in tables if "left out" in table.columns]
    assert list(splits["train"]) == [
        f"{each.train_images:,}" for each in record.deduplicated_splits
    ]


def import_synthetic_stand_ins(root: Path) -> None:
    """A store with the file names of one class's pairs, but synthetic images."""
    record = read_record("near_duplicates", NearDuplicatesRecord)
    pairs = [each for each in record.pairs if (each.fingers, each.side) == (2, "R")]
    names = [name for each in pairs for name in (each.test_file, each.train_file)]
    images = np.stack([draw_dataset_image(2, "R", seed) for seed in range(len(names))])
    labels = [ImageLabel(2, "R", SPLITS[name.startswith("test")], name) for name in names]
    write_store(IMPORTED_NAME, "a test", rendered=True, batches=[(images, labels)], root=root)


@pytest.mark.slow
def test_with_the_dataset_its_own_images_and_pairs_are_shown(
    open_page: OpenPage, stores: Path
) -> None:
    import_synthetic_stand_ins(stores)
    at = open_page("data").run()
    assert "From the imported dataset." in texts_of(at)
    # Twelve means, four samples, and two pairs.
    assert len(at.image) == 12 + 4 + 4
    at = open_page("data", count="0").run()
    assert not at.exception
    assert len(at.image) == 12


def test_a_damaged_dataset_is_explained_in_plain_words(open_page: OpenPage, stores: Path) -> None:
    import_synthetic_stand_ins(stores)
    store_path(IMPORTED_NAME, stores).write_text("nonsense")
    at = open_page("data").run()
    assert not at.exception
    assert "damaged" in at.error[0].value
    assert "A deduplicated split" in [each.value for each in at.header]


def charts_of(at: AppTest) -> list[dict[str, Any]]:
    """The specifications of all charts; none may lack a text for those who do not see it."""
    found = at.get("vega_lite_chart")
    assert all(each.proto.alt for each in found)
    return [json.loads(each.proto.spec) for each in found]


def accuracy_domain(at: AppTest) -> list[float]:
    domain: list[float] = charts_of(at)[0]["layer"][0]["encoding"]["y"]["scale"]["domain"]
    return domain


@pytest.mark.slow
def test_the_learning_curve_opens_with_the_answer_and_all_charts(open_page: OpenPage) -> None:
    record = read_record("learning_curve", LearningCurveRecord)
    last = record.fits[-1]
    at = open_page("learning_curve").run()
    assert "are enough for 99" in headline_of(at)
    assert f"{last.errors} of 3,600" in texts_of(at)
    assert len(charts_of(at)) == 4
    assert accuracy_domain(at)[0] == 40
    (matrix,) = [each.proto.body for each in at.get("html")]
    assert all(f">{row[count]}<" in matrix for count, row in enumerate(record.confusion_matrix))
    assert matrix.count('scope="row"') == 6
    assert record.provenance.data.fingerprint[:12] in texts_of(at)
    assert not at.error


@pytest.mark.slow
def test_a_link_reopens_the_same_view_of_the_learning_curve(open_page: OpenPage) -> None:
    at = open_page("learning_curve", view="From 95% up", sweep="from 95% up").run()
    assert accuracy_domain(at)[0] == 95
    assert charts_of(at)[3]["layer"][0]["encoding"]["y"]["scale"]["domain"][0] == 95


@pytest.mark.parametrize("text", ["zoom!", "1e400", "<b>", "\0", "x" * 9999])
def test_senseless_settings_of_the_learning_curve_give_the_defaults(
    open_page: OpenPage, text: str
) -> None:
    at = open_page("learning_curve", view=text, sweep=text).run()
    assert accuracy_domain(at)[0] == 40
    assert charts_of(at)[3]["layer"][0]["encoding"]["y"]["scale"]["domain"][0] == 10


def test_the_tables_and_files_hold_every_size_and_every_c(open_page: OpenPage) -> None:
    curve = read_record("learning_curve", LearningCurveRecord)
    sweep = read_record("regularisation", RegularisationRecord)
    at = open_page("learning_curve").run()
    sizes, values = (each.value for each in at.dataframe)
    assert list(sizes["wrong of 3600"]) == [each.errors for each in curve.fits]
    assert list(values["C"]) == [each.config.c for each in sweep.fits]
    assert [each.proto.label for each in at.get("download_button")] == ["Download as CSV"] * 2


@pytest.mark.slow
@in_own_process
def test_the_pages_wait_for_no_package_that_only_experiments_need() -> None:
    for name in ("pooling", "data", "learning_curve"):
        assert not page_test(name).run().exception
    assert not {"tensorflow", "keras", "sklearn", "scipy"} & set(sys.modules)
