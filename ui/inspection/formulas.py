"""What the article writes as formulae, with the numbers of one photo put in."""

import numpy as np
import streamlit as st

from core.common.types import Float32Array
from core.inspection.arithmetic import BatchNorm, cross_entropy
from core.inspection.columns import source_of
from core.inspection.network import Inspection
from core.inspection.units import dense_unit, map_unit
from ui.inspection.payload import Place

_TERMS = 3
"""Products that are written out: the largest."""


def draw_formulas(inspection: Inspection, place: Place, truth: int | None) -> None:
    """The formulae of a neuron, of softmax and of the cross-entropy for the place in view.

    ``truth`` is the place of the right answer, None where it is not known.
    """
    number = inspection.place_of(place.column)
    assert number is not None
    column = inspection.columns[number]
    if column.kind in ("convolution", "block", "dense", "answer"):
        _draw_neuron(inspection, number, place)
    elif column.kind == "pooling":
        st.markdown("**Max pooling**")
        st.latex(r"y = \max_{i \in \text{window}} x_i")
    _draw_softmax(inspection)
    _draw_loss(inspection, truth)


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
        st.latex(r"z = \sum_{k=1}^{%d} \sum_i w_{k,i}\, x_{k,i} + b" % channels)
        st.latex(rf"= {terms} + \dots {_signed(of_map.bias)} = {_tex(total)}")
    _draw_norm(of_map.norm, total, float(of_map.normalised[row, at]))
    before_relu = float(of_map.normalised[row, at])
    if of_map.shortcut is not None:
        before_relu += float(of_map.shortcut[row, at])
    st.latex(_relu(before_relu, float(of_map.output[row, at])))


def _draw_sum(inputs: Float32Array, weights: Float32Array, bias: float, total: float) -> None:
    order = np.argsort(-np.abs(inputs * weights))[:_TERMS]
    terms = " + ".join(rf"{_bracketed(weights[i])} \cdot {_tex(inputs[i])}" for i in order)
    st.latex(r"z = \sum_{i=1}^{%s} w_i x_i + b" % f"{len(inputs):,}".replace(",", r"{,}"))
    st.latex(rf"= {terms} + \dots {_signed(bias)} = {_tex(total)}")


def _draw_norm(norm: BatchNorm | None, given: float, normalised: float) -> None:
    if norm is None:
        return
    st.markdown("**Batch normalisation**")
    st.latex(
        r"y = \gamma\,\frac{z - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta = "
        rf"{_tex(norm.gamma)} \cdot \frac{{{_tex(given)} {_signed(-norm.mean)}}}"
        rf"{{\sqrt{{{_tex(norm.variance)} + {_tex(norm.epsilon)}}}}} {_signed(norm.beta)} = "
        rf"{_tex(normalised)}"
    )


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
    below = " + ".join(rf"e^{{{_tex(each)}}}" for each in answers.logits[: answers.of_softmax])
    st.markdown("**Softmax**")
    st.latex(r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}")
    st.latex(
        rf"p_{{{inspection.says}}} = \frac{{e^{{{_tex(logit)}}}}}{{{below}}} = {_tex(share)}"
    )


def _draw_loss(inspection: Inspection, truth: int | None) -> None:
    probabilities, of_softmax = inspection.answers.probabilities, inspection.answers.of_softmax
    if of_softmax:
        right = inspection.answer if truth is None else truth
        share, name = float(probabilities[right]), inspection.labels[right]
    else:
        right_hand = float(probabilities[0])
        # The truth of a side is 1 for a right hand, which is what the lone output stands for.
        is_right_hand = right_hand > 0.5 if truth is None else truth == 1
        share = right_hand if is_right_hand else 1 - right_hand
        name = "R" if is_right_hand else "L"
    known = "" if truth is not None else ", if its answer is right"
    st.markdown(f"**Categorical cross-entropy**{known}")
    st.latex(
        rf"L = -\sum_k y_k \ln p_k = -\ln p_{{{name}}} = -\ln {_tex(share)} = "
        rf"{_tex(cross_entropy(share))}"
    )


def _tex(value: float) -> str:
    """A number of three figures; very small and large ones as powers of ten."""
    value = float(value)
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.4g}" if abs(value) >= 1 else f"{value:.3g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def _signed(value: float) -> str:
    return f"- {_tex(-value)}" if value < 0 else f"+ {_tex(value)}"


def _bracketed(value: float) -> str:
    return f"({_tex(value)})" if value < 0 else _tex(value)
