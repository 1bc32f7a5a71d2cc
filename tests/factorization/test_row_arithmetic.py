"""Vector code of dense factors against numpy, at ranks and lengths that do and do not fill its tiles and vectors."""

import numpy as np
import pytest

from starnmf.factorization.dense.gram import add_gram
from starnmf.factorization.dense.projected_step import descend_rows

SHAPES = pytest.mark.parametrize(("rank", "columns"), [(1, 5), (3, 32), (4, 16), (6, 77), (7, 64), (13, 100)])
NUMBERS = pytest.mark.parametrize("number", ["float32", "float64"])


@SHAPES
@NUMBERS
def test_projected_step(rank, columns, number):
    random = np.random.default_rng(rank)
    F, onward = random.random((3, rank, columns)).astype(number), random.normal(size=(3, rank, columns)).astype(number)
    G = random.random((3, rank, rank)).astype(number)
    expected = np.maximum(0, F + (onward - G @ F))
    descend_rows(F, onward, G)
    np.testing.assert_allclose(F, expected, rtol=0, atol=100 * np.finfo(number).eps)


@SHAPES
@NUMBERS
def test_gram_is_added(rank, columns, number):
    random = np.random.default_rng(columns)
    rows = random.random((3, rank, columns)).astype(number)
    gram = np.full((3, rank, rank), 2.0).astype(number)
    add_gram(rows, gram)
    np.testing.assert_allclose(gram, 2 + rows @ rows.transpose(0, 2, 1), rtol=100 * np.finfo(number).eps)
