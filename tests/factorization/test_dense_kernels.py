"""The arithmetic of dense factors on a CPU against numpy, at ranks below and above that from which BLAS takes over."""

import numpy as np
import pytest

from starnmf.factorization.dense.stage import add_gram, run_stages
from starnmf.factorization.flow import END

SHAPES = pytest.mark.parametrize(("rank", "columns"), [(1, 5), (4, 16), (8, 77), (9, 64), (13, 100)])
NUMBERS = pytest.mark.parametrize("number", ["float32", "float64"])


@SHAPES
@NUMBERS
def test_stages_and_ends_of_steps(rank, columns, number):
    random = np.random.default_rng(rank)
    P, Y, Z, Y0, F0, E = (random.normal(size=(3, rank, columns)).astype(number) for _ in range(6))
    Y0 = np.maximum(0, Y0)  # half of the entries are at the bound, half of those held there
    Y = np.maximum(0, Y)
    Y[(Y0 == 0) & (F0 <= 0)] = 0
    G, weights = random.random((3, rank, rank)).astype(number), random.normal(size=(3, 12)).astype(number)
    weights[0, 11] = 0  # adds nothing to E
    weights[1] = END
    weights[1, 10] = 0.7
    ending = np.array([False, True, False])
    F = P.astype(float) - G.astype(float) @ Y
    w = weights.astype(float)[:, :, None, None]
    new_Y = np.maximum(0, w[:, 0] * Y + w[:, 1] * Z + w[:, 2] * Y0 + w[:, 3] * F + w[:, 4] * F0)
    new_Y[(Y0 == 0) & (F0 <= 0)] = 0
    new_Z = w[:, 5] * Y + w[:, 6] * Z + w[:, 7] * Y0 + w[:, 8] * F + w[:, 9] * F0
    new_Y[1], new_Z[1] = Y[1], F[1]
    new_E = E + w[:, 11] * new_Y
    new_E[1] = E[1]
    error = np.where((Y > 0) & (Y0 > 0), Z + E + w[:, 10] * F, 0)[1]
    expected_sums = [np.square(error).sum(), np.square(Y[1].astype(float)).sum()]
    found = [array.copy() for array in (Y, Z, Y0, F0, E)]
    sums = np.zeros((3, 2))
    run_stages(P.copy(), G, tuple(found), weights, ending, sums)
    tolerance = 200 * np.finfo(number).eps
    np.testing.assert_allclose(found[0], new_Y, rtol=0, atol=tolerance)
    np.testing.assert_allclose(found[1], new_Z, rtol=0, atol=tolerance)
    np.testing.assert_array_equal(found[2], Y0)
    np.testing.assert_array_equal(found[3], F0)
    np.testing.assert_allclose(found[4], new_E, rtol=0, atol=tolerance)
    np.testing.assert_allclose(sums[1], expected_sums, rtol=tolerance)


@SHAPES
@NUMBERS
def test_gram_is_added(rank, columns, number):
    random = np.random.default_rng(columns)
    rows = random.random((3, rank, columns)).astype(number)
    gram = np.full((3, rank, rank), 2.0).astype(number)
    add_gram(rows, gram)
    np.testing.assert_allclose(gram, 2 + rows @ rows.transpose(0, 2, 1), rtol=100 * np.finfo(number).eps)
