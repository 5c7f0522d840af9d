"""The page "Learning curve": how many images are enough, and how much regularisation is best."""

from collections.abc import Sequence

import streamlit as st

from core.common.formatting import format_share
from core.common.types import FINGER_COUNTS
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.records.logistic import DualFitResult, PrimalFitResult
from core.experiments.records.store import read_record
from core.experiments.regularisation import RegularisationRecord
from core.experiments.strong_regularisation import StrongRegularisationRecord
from ui.charts.confusion_matrix import draw_confusion
from ui.charts.curves import Axis, Curve, accuracy_axis, choose_accuracies, draw_curves, least_shown
from ui.page import Page, draw_headline, errors_shown, run_app
from ui.provenance import Measured, draw_how_measured, draw_table_and_download

PAGE = Page(title="Learning curve", icon=":material/show_chart:", order=70, group="Learn")

_COMPARED = (500, 1_000, 2_000, 3_000)
_ARTICLE_ERRORS = {2_000: 15, 3_000: 6}
_ARTICLE_SECONDS = 619
_ARTICLE_SWEEP_SECONDS = 140
_ARTICLE_UNREGULARISED = 0.9942

_OURS, _THEIRS = "Our solver", "Method of the article"
_TRAIN, _TEST = "Training images", "Test images"
_IMAGES = Axis("Training images", "log", (9, 3_300), (10, 30, 100, 300, 1_000, 3_000), ",d")
_MISTAKES = (0, 3, 10, 30, 100, 300, 1_000, 3_000)
_C_AXIS = Axis("C", "log", (7e-8, 1.7), (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0), "~e")


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Learning curve", anchor=False)
    curve = read_record("learning_curve", LearningCurveRecord)
    sweep = read_record("regularisation", RegularisationRecord)
    between = read_record("strong_regularisation", StrongRegularisationRecord)
    _draw_answer(curve)
    _draw_accuracy(curve)
    _draw_mistakes_and_times(curve)
    _draw_last(curve)
    _draw_sweep(sweep, between)
    _draw_unregularised(curve)
    command = "python -m core experiment"
    draw_how_measured(
        Measured(curve.provenance, f"{command} learning_curve", curve.method),
        Measured(sweep.provenance, f"{command} regularisation", sweep.method),
        Measured(between.provenance, f"{command} strong_regularisation"),
    )


def _draw_answer(record: LearningCurveRecord) -> None:
    last = record.fits[-1]
    draw_headline(f"{_enough(record.fits):,} images are enough for 99%")
    st.markdown(
        "A logistic regression learns to count fingers from more and more images. With "
        f"**{last.config.train_images:,}** it gets **{last.errors} of {last.test_images:,}** test "
        f"images wrong. Our solver fits all {len(record.fits)} sizes in {record.seconds:.0f} s; "
        f"the article's method takes {record.raw_seconds:,.0f} s here, "
        f"**{record.raw_seconds / record.seconds:.0f} times** as long, and took {_ARTICLE_SECONDS} "
        "s in the article."
    )


def _enough(fits: Sequence[DualFitResult]) -> int:
    """The size from which on 99% of the test images are counted right."""
    short = [number for number, each in enumerate(fits) if each.accuracy < 0.99]
    return fits[min(max(short, default=-1) + 1, len(fits) - 1)].config.train_images


def _draw_accuracy(record: LearningCurveRecord) -> None:
    high_ones = choose_accuracies("view")
    tested = record.fits[-1].test_images
    article = {size: 1 - errors / tested for size, errors in _ARTICLE_ERRORS.items()}
    first, last = record.fits[0], record.fits[-1]
    draw_curves(
        "Correct counts",
        f"Accuracy against the number of training images. On test images it rises from "
        f"{format_share(first.accuracy, 2)} at {first.config.train_images} to "
        f"{format_share(last.accuracy, 2)} at {last.config.train_images:,}; on the training images "
        f"it ends at {format_share(last.train_accuracy, 2)}.",
        (
            _IMAGES,
            accuracy_axis(least_shown(high_ones, min(each.accuracy for each in record.fits))),
        ),
        _test_and_train(record.fits, "train_images"),
        [(size, 100 * share) for size, share in article.items()],
        height=380,
    )
    listed = ", ".join(
        f"{format_share(share, 2)} ({_ARTICLE_ERRORS[size]} wrong) at {size:,}"
        for size, share in article.items()
    )
    st.caption(f"◆ Reported in the article: {listed}.")


def _test_and_train(fits: Sequence[DualFitResult], setting: str) -> list[Curve]:
    """Accuracies in % against a setting of the fits."""
    return [
        Curve(name, [(getattr(fit.config, setting), 100 * getattr(fit, field)) for fit in fits])
        for name, field in ((_TEST, "accuracy"), (_TRAIN, "train_accuracy"))
    ]


def _draw_mistakes_and_times(record: LearningCurveRecord) -> None:
    last, theirs = record.fits[-1], record.raw[-1]
    tested = last.test_images
    mistakes, times = st.columns(2, gap="large")
    with mistakes:
        draw_curves(
            "Mistakes",
            f"Wrong test images against the number of training images. With "
            f"{last.config.train_images:,}: our solver {last.errors}, the article's method "
            f"{theirs.errors}.",
            (_IMAGES, Axis(f"Wrong of {tested:,}", "symlog", (0, tested), _MISTAKES, ",d")),
            _both(record.fits, record.raw, "errors"),
        )
    with times:
        draw_curves(
            "Training time for each size",
            f"Seconds against the number of training images. With {last.config.train_images:,}: "
            f"our solver {last.seconds:.2f} s, the article's method {theirs.seconds:.1f} s.",
            (_IMAGES, Axis("Seconds on one thread", "log", (0.001, 10), (0.001, 0.01, 0.1, 1, 10))),
            _both(record.fits, record.raw, "seconds"),
        )
    pairs = list(zip(record.fits, record.raw, strict=True))
    lower = max(1 - ours.objective / theirs.objective for ours, theirs in pairs)
    st.caption(
        f"Our solver takes another {record.gram_seconds:.1f} s for what all sizes share, the "
        f"products of all pairs of images, and {record.scoring_seconds:.1f} s to test all sizes. "
        "The article's method stops before the minimum; ours goes on, to an objective that is up "
        f"to {format_share(lower, 0)} lower. {_difference(record)}"
    )
    draw_table_and_download(
        [_row(*pair) for pair in pairs],
        "learning_curve.csv",
        "Accuracy, mistakes, time and objective for every size, by our solver and the article's "
        "method.",
    )


def _both(fits: Sequence[DualFitResult], raw: Sequence[PrimalFitResult], field: str) -> list[Curve]:
    return [
        Curve(name, [(each.config.train_images, getattr(each, field)) for each in found])
        for name, found in ((_OURS, fits), (_THEIRS, raw))
    ]


def _difference(record: LearningCurveRecord) -> str:
    """How far apart the test accuracies of the two methods are, in a sentence."""
    pairs = zip(record.fits, record.raw, strict=True)
    points = [100 * (ours.accuracy - theirs.accuracy) for ours, theirs in pairs]
    least, most = (f"{each:+.2f}".replace("-", "−") for each in (min(points), max(points)))
    farthest = 100 * record.farthest_from_minimum
    return (
        f"Its test accuracy differs by {least} to {most} percentage points. When scikit-learn goes "
        f"on to the minimum, the two differ by at most {farthest:.2f} points at any size."
    )


def _row(ours: DualFitResult, theirs: PrimalFitResult) -> dict[str, float]:
    return {
        "images": ours.config.train_images,
        "C": ours.config.c,
        "train accuracy": round(ours.train_accuracy, 6),
        "test accuracy": round(ours.accuracy, 6),
        f"wrong of {ours.test_images}": ours.errors,
        "seconds": ours.seconds,
        "objective": ours.objective,
        "wrong, article's method": theirs.errors,
        "seconds, article's method": theirs.seconds,
        "objective, article's method": theirs.objective,
    }


def _draw_last(record: LearningCurveRecord) -> None:
    last = record.fits[-1]
    matrix, minima = st.columns(2, gap="large")
    with matrix:
        draw_confusion(
            f"With {last.config.train_images:,} training images",
            [f"{count}" for count in FINGER_COUNTS],
            record.confusion_matrix,
            "Fingers up",
            "counted",
        )
    with minima:
        st.markdown("**Compared with scikit-learn and the article**")
        st.table(_comparison(record), hide_index=True)
        st.caption(
            "Number of wrong test images. “At the minimum” is scikit-learn on raw pixels, with a "
            "tenth of its tolerance and as many iterations as it needs."
        )


def _comparison(record: LearningCurveRecord) -> list[dict[str, str]]:
    theirs = {each.config: each for each in record.raw}
    ours = {each.config: each for each in record.fits}
    return [
        {
            "images": f"{each.config.train_images:,}",
            "ours": f"{ours[each.config].errors}",
            "at the minimum": f"{each.errors}",
            "article's method": "{0.errors} ({0.seconds:.0f} s)".format(theirs[each.config]),
            "article": f"{_ARTICLE_ERRORS.get(each.config.train_images, '–')}",
        }
        for each in record.minima
        if each.config.train_images in _COMPARED
    ]


def _draw_sweep(record: RegularisationRecord, between: StrongRegularisationRecord) -> None:
    st.header("Regularisation", anchor=False)
    best = max(record.fits, key=lambda each: each.accuracy)
    weakest = record.fits[0]
    st.markdown(
        "The smaller **C**, the more large weights are penalised. With "
        f"{_c_words(weakest.config.c)} almost nothing is learned "
        f"({format_share(weakest.accuracy, 2)}); the best of ten is **{_c_words(best.config.c)}** "
        f"with {best.errors} mistakes. All ten take {record.seconds:.1f} s; the article's method "
        f"takes {record.raw_seconds:.0f} s here, **{record.raw_seconds / record.seconds:.0f} "
        f"times** as long, and took {_ARTICLE_SWEEP_SECONDS} s in the article."
    )
    high_ones = choose_accuracies("sweep")
    draw_curves(
        f"Correct counts with {weakest.config.train_images:,} training images",
        f"Accuracy against C. On test images from {format_share(weakest.accuracy, 2)} at "
        f"{_c_words(weakest.config.c)} to {format_share(record.fits[-1].accuracy, 2)} at "
        f"{_c_words(record.fits[-1].config.c)}.",
        (_C_AXIS, accuracy_axis(least_shown(high_ones, weakest.accuracy))),
        _test_and_train(sorted((*record.fits, *between.fits), key=lambda each: each.config.c), "c"),
    )
    st.caption(
        f"{len(record.fits)} of the values are the article's, evenly spaced, so that nine of ten "
        "lie where the curve is flat. Our solver fitted the others to show what is between."
    )
    draw_table_and_download(
        [_row(*pair) for pair in zip(record.fits, record.raw, strict=True)],
        "regularisation.csv",
        "Accuracy, mistakes, time and objective for every C, by our solver and the article's "
        "method.",
    )


def _c_words(c: float) -> str:
    """In a short form: C = 0.53, C = 1e-7, C = 1e14."""
    number = f"{c:.2g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return f"C\u00a0=\u00a0{number}"


def _draw_unregularised(record: LearningCurveRecord) -> None:
    theirs, last = record.unregularised, record.relaxed[-1]
    st.markdown(
        f"**Almost no regularisation.** With {_c_words(theirs.config.c)} the article reports "
        f"{format_share(_ARTICLE_UNREGULARISED, 2)}; its method gives "
        f"{format_share(theirs.accuracy, 2)} here ({theirs.errors} wrong), because it stops far "
        f"from the minimum. Close to the minimum, with {_c_words(last.config.c)}, it is "
        f"{format_share(last.accuracy, 2)} ({last.errors} wrong)."
    )


if __name__ == "__main__":
    run_app()
