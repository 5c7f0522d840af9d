"""The trainings that visitors may ask for."""

import pytest

from core.training_jobs.request import IMAGES, image_choices


@pytest.mark.parametrize(
    ("available", "choices"),
    [
        (60, (500,)),
        (500, (500,)),
        (1_500, (500, 1_000, 1_500)),
        (3_000, (500, 1_000, 2_000, 3_000)),
        (18_000, IMAGES),
        (50_000, IMAGES),
    ],
)
def test_no_more_images_are_offered_than_there_are(
    available: int, choices: tuple[int, ...]
) -> None:
    assert image_choices(available) == choices
