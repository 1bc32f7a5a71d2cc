"""The end of `published` by the flow beside that of the discrete steps it replaces."""

import numpy as np
import pandas as pd

from starnmf.arrays import FloatArray
from starnmf.factorization.steps import take_steps
from starnmf.factors import Factors
from starnmf.landscape.segments import check_factors_of, measure_segments, random_points
from starnmf.matrix import Matrix

POINTS = 20
"""Random points that curvature is measured from."""


def measure_steps(matrix: Matrix, factors: Factors, threads: int) -> pd.DataFrame:
    """Restart 0 of the `published` regime, beside where the paper's gradient steps lead from the same start in float64.

    One row with the columns of the table `landscape.tables.STEPS`. Raises `InputError` when the factors are not those
    of the matrix.
    """
    check_factors_of(matrix, factors)
    attributes = factors.attributes
    steps = round(float(attributes["paper_time"]) / float(attributes["step_size"]))
    U, V = take_steps(matrix, attributes, 0, float(attributes["step_size"]), steps)
    ends = (np.stack([factors.U[0], U]), np.stack([factors.V[0], V]))
    segments = measure_segments(matrix, factors, ends, random_points(factors, POINTS), threads)
    (loss, steps_loss), (alpha, steps_alpha) = (segments[name].to_numpy().reshape(2, -1) for name in ("loss", "alpha"))
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
            "steps_loss": steps_loss[0],
            "alpha": alpha.mean(),
            "steps_alpha": steps_alpha.mean(),
            "alpha_distance": np.abs(alpha - steps_alpha).max() / np.abs(steps_alpha).max(),
        }
    )


def _distance(found: FloatArray, expected: FloatArray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
