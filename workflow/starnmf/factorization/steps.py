"""Gradient descent step by step in float64: the reference that the flow is held against."""

from collections.abc import Mapping

import numpy as np

from starnmf.arrays import FloatArray
from starnmf.blocks import one_thread_per_block
from starnmf.factorization.engines import flow_engine
from starnmf.factorization.flow import Course, Flow
from starnmf.factorization.initialization import draw_starts
from starnmf.matrix import Matrix


def take_steps(
    matrix: Matrix, attributes: Mapping[str, str | int | float], restart: int, step_size: float, steps: int
) -> tuple[FloatArray, FloatArray]:
    """U (n, r) and V (r, m) after so many projected gradient steps from a restart's start, on the CPU."""
    U, V = draw_starts(attributes, "start", range(restart, restart + 1))
    batch = flow_engine(matrix, 1, "float64", "cpu", alone=True).start(U, V)
    course = Course(step_size, np.array([0.0, steps]), leapt_until=steps, gradient_cap=2 * steps, discrete=True)
    descent = Flow(batch, course, 1)
    with one_thread_per_block():
        descent.go_on(descent.advance())
        while not descent.advance():
            pass
    factors: tuple[FloatArray, FloatArray] = batch.factors(0)
    return factors
