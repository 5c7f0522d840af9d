"""Loading, and strong regularisation: run on synthetic hands, and what is recorded now."""

from dataclasses import replace

import pytest

from core.datasets.store import Dataset
from core.experiments import loading, strong_regularisation
from core.experiments.loading import LoadingRecord
from core.experiments.records.store import read_record
from core.experiments.strong_regularisation import StrongRegularisationRecord


def test_both_ways_of_loading_are_timed(synthetic: Dataset) -> None:
    record = loading.run(synthetic)
    assert record.images == len(synthetic.images)
    assert record.store_megabytes == round(synthetic.images.nbytes / 1e6, 1)
    assert record.file_seconds > record.store_seconds > 0


def test_strong_regularisation_learns_less(synthetic: Dataset) -> None:
    record = strong_regularisation.run(synthetic)
    assert [each.config.c for each in record.fits] == list(strong_regularisation.CS)
    assert record.fits[0].errors >= record.fits[-1].errors
    with pytest.raises(ValueError, match="not in order"):
        replace(record, fits=record.fits[::-1])


def test_the_published_records_are_of_the_whole_dataset() -> None:
    record = read_record("loading", LoadingRecord)
    assert record.images == 21_600
    assert record.file_seconds > record.store_seconds
    fits = read_record("strong_regularisation", StrongRegularisationRecord).fits
    assert {each.config.train_images for each in fits} == {3_000}
    assert fits[0].accuracy < fits[-1].accuracy
