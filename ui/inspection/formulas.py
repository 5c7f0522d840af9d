"""What the article writes as formulae, with the numbers of one photo put in."""

import numpy as np
import streamlit as st

from core.common.types import SIDES, Float32Array, Side
from core.inspection.arithmetic import BatchNorm, cross_entropy
from core.inspection.columns import source_of
from core.inspection.network import Inspection
from core.inspection.units import dense_unit, map_unit
from ui.inspection.places import Place

_TERMS = 2
"""Products that are written out: the largest."""


def draw_formulas(inspection: Inspection, place: Place, shown: tuple[int, Side] | None) -> None:
    """The formulae of a neuron, of softmax and of the cross-entropy for the place in view.

    ``shown`` are the count and side that the photo shows, None where they are not known.
    """
    number = inspection.place_of(place.column)
    assert number is not None
    column = inspection.columns[number]
    if column.kind in ("convolution", "block", "dense", "answer"):
        _draw_neuron(inspection, number, place)
        if column.kind in ("convolution", "block"):
            st.caption(
                "Of the pixel that was chosen last; pointing at another changes nothing here."
            )
    elif column.kind == "pooling":
        st.markdown("**Max pooling**")
        st.latex(r"y = \max_{i \in \text{window}} x_i")
    _draw_softmax(inspection)
    _draw_loss(inspection, shown)


def _draw_neuron(inspection: Inspection, number: int, place: Place) -> None:
    column, before = inspection.columns[number], source_of(inspection.columns, number)
    model, found = inspection.model, inspection.found
    st.markdown("**A neuron**")
    if column.kind in ("dense", "answer"):
        unit = dense_unit(model, found, column, before, place.number)
        _draw_sum(unit.inputs, unit.weights, unit.bias, unit.sum)
        _draw_norm(unit.norm, unit.sum, unit.normalised)
        if column.kind == "dense":
            st.latex(_relu(unit.normalised, unit.output))
        return
    of_map = map_unit(model, found, column, before, place.number, place.channel)
    row, at = min(place.row, len(of_map.sums) - 1), min(place.at, of_map.sums.shape[1] - 1)
    channels = of_map.by_channel.shape[2]
    total = float(of_map.sums[row, at])
    if channels == 1:
        seen = of_map.window.views(of_map.given[..., None])[row, at, 0]
        _draw_sum(seen.ravel(), of_map.kernel.ravel(), of_map.bias, total)
    else:
        added = np.sort(of_map.by_channel[row, at])[::-1][:_TERMS]
        terms = " + ".join(map(_bracketed, added))
        st.latex(rf"z = \sum_{{k=1}}^{{{channels}}} \sum_i w_{{k,i}}\, x_{{k,i}} + b")
        st.latex(_two_lines(terms, rf"+ \dots {_signed(of_map.bias)} = {_tex(total)}"))
    _draw_norm(of_map.norm, total, float(of_map.normalised[row, at]))
    before_relu = float(of_map.normalised[row, at])
    if of_map.shortcut is not None:
        before_relu += float(of_map.shortcut[row, at])
    st.latex(_relu(before_relu, float(of_map.output[row, at])))


def _draw_sum(inputs: Float32Array, weights: Float32Array, bias: float, total: float) -> None:
    order = np.argsort(-np.abs(inputs * weights))[:_TERMS]
    terms = " + ".join(rf"{_bracketed(weights[i])} \cdot {_tex(inputs[i])}" for i in order)
    count = f"{len(inputs):,}".replace(",", r"{,}")
    st.latex(rf"z = \sum_{{i=1}}^{{{count}}} w_i x_i + b")
    st.latex(_two_lines(terms, rf"+ \dots {_signed(bias)} = {_tex(total)}"))


def _draw_norm(norm: BatchNorm | None, given: float, normalised: float) -> None:
    if norm is None:
        return
    st.markdown("**Batch normalisation**")
    st.latex(r"y = \gamma\,\frac{z - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta")
    # Streamlit cuts off what stands higher than a line.
    st.latex(
        r"\vphantom{\Bigg|}"
        rf"= {_tex(norm.gamma)} \cdot \frac{{{_tex(given)} {_signed(-norm.mean)}}}"
        rf"{{\sqrt{{{_tex(norm.variance)} + {_tex(norm.epsilon)}}}}} {_signed(norm.beta)} = "
        rf"{_tex(normalised)}"
    )


def _two_lines(first: str, second: str) -> str:
    """Phones have no room for both beside each other."""
    return rf"\begin{{aligned}} &= {first} \\ &\quad {second} \end{{aligned}}"


def _relu(given: float, output: float) -> str:
    return rf"\operatorname{{ReLU}} = \max(0, {_tex(given)}) = {_tex(output)}"


def _draw_softmax(inspection: Inspection) -> None:
    answers, answer = inspection.answers, inspection.answer
    logit, share = float(answers.logits[answer]), float(answers.probabilities[answer])
    if not answers.of_softmax:
        st.markdown("**Sigmoid**, a softmax of two")
        st.latex(
            rf"p = \frac{{1}}{{1 + e^{{-z}}}} = \frac{{1}}{{1 + e^{{{_tex(-logit)}}}}} = "
            rf"{_tex(share)}"
        )
        return
    powers = [rf"e^{{{_tex(each)}}}" for each in answers.logits[: answers.of_softmax]]
    half = len(powers) // 2
    below = (
        rf"\begin{{array}}{{l}}{' + '.join(powers[:half])}\\ "
        rf"{{}}+ {' + '.join(powers[half:])}\end{{array}}"
    )
    st.markdown("**Softmax**")
    st.latex(r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}")
    st.latex(rf"p_{{{inspection.says}}} = \frac{{e^{{{_tex(logit)}}}}}{{{below}}} = {_tex(share)}")


def _draw_loss(inspection: Inspection, shown: tuple[int, Side] | None) -> None:
    probabilities = inspection.answers.probabilities
    if inspection.answers.of_softmax:
        right = inspection.answer if shown is None else shown[0]
        share, name = float(probabilities[right]), inspection.labels[right]
    else:
        # The lone output stands for a right hand.
        right_hand = float(probabilities[0])
        name = SIDES[int(right_hand > 0.5)] if shown is None else shown[1]
        share = right_hand if name == "R" else 1 - right_hand
    known = "" if shown is not None else ", if its answer is right"
    st.markdown(f"**Categorical cross-entropy**{known}")
    st.latex(rf"L = -\sum_k y_k \ln p_k = -\ln p_{{{name}}}")
    # Like Keras, the loss takes no probability for less.
    least = r"\max(p, 10^{-7})" if share < 1e-7 else _tex(share)
    st.latex(rf"= -\ln {least} = {_tex(cross_entropy(share))}")


def _tex(value: float) -> str:
    """A number of three figures; very small and large ones as powers of ten."""
    value = float(value)
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e3:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def _signed(value: float) -> str:
    return f"- {_tex(-value)}" if value < 0 else f"+ {_tex(value)}"


def _bracketed(value: float) -> str:
    return f"({_tex(value)})" if value < 0 else _tex(value)
