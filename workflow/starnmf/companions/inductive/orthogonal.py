"""The population Hessian at unitary U*, V* against the dimension, beside the bound rho (Lemmas C.1 and D.3)."""

import math

import numpy as np
import pandas as pd

from starnmf.blocks import one_thread_per_block
from starnmf.companions.inductive.activations import ACTIVATIONS, Activation, Constants, constants
from starnmf.companions.inductive.quadratic import hessian_form, largest_multiple, relu_form

DIMENSIONS = (2, 3, 4, 6, 8, 12, 16, 20)

RELU_DIMENSIONS = (2, 3, 4, 6, 8, 12)
"""Dimensions for which C_0 of the proof of Lemma D.3 is computed."""

HALVES = Constants(*[1 / 2] * 9)
"""The constants of a ReLU as the paper prints them."""


def measure_orthogonal() -> pd.DataFrame:
    """Extreme eigenvalues of the Hessian over dimensions: the columns of `tables.ORTHOGONAL`.

    `multiple` is the largest C_0 of the proof of Lemma D.3, `multiple_printed` that with its constants.
    """
    with one_thread_per_block():
        return pd.DataFrame([_row(activation, d) for activation in ACTIVATIONS.values() for d in DIMENSIONS])


def _row(activation: Activation, d: int) -> dict[str, object]:
    known = constants(activation)
    form = hessian_form(known, d)
    eigenvalues = np.linalg.eigvalsh(form)
    has_multiple = activation.homogeneous and d in RELU_DIMENSIONS
    return {
        "activation": activation.name,
        "d": d,
        "rho": known.rho,
        "smallest_eigenvalue": float(eigenvalues[0]),
        "largest_eigenvalue": float(eigenvalues[-1]),
        "multiple": largest_multiple(form, relu_form(d)) if has_multiple else math.nan,
        "multiple_printed": largest_multiple(hessian_form(HALVES, d), relu_form(d)) if has_multiple else math.nan,
    }
