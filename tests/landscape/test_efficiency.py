"""The bound of star-convexity on the speed of descent, on flows that another library follows.

The loss of the 1 x 1 matrix (1) at rank 1 is (u v - 1)^2 / 2, with a saddle at 0 and the optimum u = v = 1.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from starnmf.factors import Snapshots
from starnmf.landscape.trajectory import measure_trajectory
from starnmf.matrix import Dense
from tests.landscape.test_measurements import DESCRIPTION, WHOLE, factors_of

ONE = Dense(np.ones((1, 1), dtype=np.float32), replace(DESCRIPTION, rank=1))
TIMES = np.concatenate([[0.0], np.geomspace(1e-2, 60.0, 60)])


def followed(u, v):
    """The table of the flow from (u, v)."""
    path = solve_ivp(lambda _, x: (1 - x[0] * x[1]) * x[::-1], (0, 60), (u, v), t_eval=TIMES, rtol=1e-10, atol=1e-12).y
    U, V = (values.reshape(-1, 1, 1, 1) for values in path)
    ends = factors_of(WHOLE)
    attributes = {**ends.attributes, "n": 1, "m": 1, "rank": 1}
    factors = replace(ends, U=U[-1], V=V[-1], attributes=attributes)
    return measure_trajectory(ONE, factors, [Snapshots(TIMES, U, V, np.array([len(TIMES)]))], threads=1)


@pytest.mark.parametrize(("u", "v"), [(1.5, 1.5), (2.0, 1.8), (1.2, 3.0), (0.9, 0.8)])
def test_descent_has_the_speed_of_star_convexity_where_the_loss_never_exceeds_its_chord(u, v):
    table = followed(u, v)
    assert table["loss"].iloc[-1] < 1e-12
    assert (table["chord_violation"].dropna() == 0).all()
    assert 0.01 < table["share_of_bound"].max() <= 1


@pytest.mark.parametrize("start", [1e-2, 1e-4])
def test_descent_is_slower_out_of_a_saddle(start):
    """On u = v the product u v follows the logistic equation p' = 2 p (1 - p)."""
    table = followed(start, start)
    assert table["loss"].iloc[-1] < 1e-12
    assert table["chord_violation"].max() > 0
    odds = start**2 / (1 - start**2) * np.exp(2 * TIMES)
    expected = TIMES * (1 / (1 + odds)) ** 2 / 2 / (1 - start) ** 2
    np.testing.assert_allclose(table["share_of_bound"], expected, rtol=1e-5, atol=1e-9)
    assert table["share_of_bound"].max() > 1
