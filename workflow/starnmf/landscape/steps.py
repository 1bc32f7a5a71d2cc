"""The end of `published` by the flow beside that of the discrete steps it stands for."""

import numpy as np
import pandas as pd

from starnmf.curvature.pairs import quartics_of_pairs
from starnmf.factorization.initialization import draw_starts
from starnmf.factorization.steps import take_steps
from starnmf.factors import Factors
from starnmf.landscape.agreement import check_factors_of
from starnmf.matrix import FloatArray, Matrix

POINTS = 20
"""Random points that curvature is measured from."""


def measure_steps(matrix: Matrix, factors: Factors, threads: int) -> pd.DataFrame:
    """Restart 0 of the `published` regime, and where the paper's gradient steps lead from the same
    start, in float64.

    One row: dataset, regime, restart, steps, gradients (that the stored factors took); relative
    distances U_distance and V_distance in the Frobenius norm; loss and steps_loss; alpha and
    steps_alpha, means over 20 random points; alpha_distance, the largest difference at one of the
    points over the largest |alpha|.

    Raises `InputError` when the factors are not those of the matrix.
    """
    check_factors_of(matrix, factors)
    attributes = factors.attributes
    steps = round(float(attributes["paper_time"]) / float(attributes["step_size"]))
    U, V = take_steps(matrix, attributes, 0, float(attributes["step_size"]), steps)
    both = (np.stack([factors.U[0], U]), np.stack([factors.V[0], V]))
    quartics = quartics_of_pairs(matrix, both, draw_starts(attributes, "point", range(POINTS)), threads)
    alpha, loss = quartics.curvature()[0], quartics.loss(1)[:, 0]
    return pd.DataFrame(
        {
            "dataset": [attributes["dataset"]],
            "regime": attributes["regime"],
            "restart": 0,
            "steps": steps,
            "gradients": factors.gradients[0],
            "U_distance": _distance(factors.U[0], U),
            "V_distance": _distance(factors.V[0], V),
            "loss": loss[0],
            "steps_loss": loss[1],
            "alpha": alpha[0].mean(),
            "steps_alpha": alpha[1].mean(),
            "alpha_distance": np.abs(alpha[0] - alpha[1]).max() / np.abs(alpha[1]).max(),
        }
    )


def _distance(found: FloatArray, expected: FloatArray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
