"""Left inverses of least infinity norm, against linear programs solved elsewhere and what is known of them."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starnmf.companions.purification.pseudo_inverse import least_infinity_norm
from starnmf.errors import InputError
from tests.companions.purification.drawn_features import KINDS, features


def by_cvxpy(A):
    """The least infinity norm of all left inverses, as one convex program."""
    B = cp.Variable(A.shape[::-1])
    problem = cp.Problem(cp.Minimize(cp.norm(B, "inf")), [np.eye(A.shape[1]) == B @ A])
    problem.solve(solver=cp.CLARABEL)
    return problem.value


def row_norms(inverse):
    return np.abs(inverse.matrix).sum(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_norm_is_the_least_of_any_left_inverse(kind):
    A = features(kind, 12, 5, np.random.default_rng(0))
    found = least_infinity_norm(A)
    np.testing.assert_allclose(found.matrix @ A, np.eye(5), atol=1e-12)
    assert found.norm == pytest.approx(by_cvxpy(A), rel=1e-6)
    assert found.norm <= np.abs(np.linalg.pinv(A)).sum(axis=1).max() * (1 + 1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.floats(1e-6, 1.0))
def test_a_nearby_inverse_gives_the_same_norms_as_none(seed, kind, distance):
    random = np.random.default_rng(seed)
    A = features(kind, 16, 6, random)
    moved = A + distance * random.standard_normal(A.shape) / len(A)
    afresh = least_infinity_norm(moved)
    warm = least_infinity_norm(moved, least_infinity_norm(A))
    np.testing.assert_allclose(warm.matrix @ moved, np.eye(6), atol=1e-9)
    # HiGHS ends a linear program within 1e-7 of its optimum, and either may be the one that is off.
    np.testing.assert_allclose(row_norms(warm), row_norms(afresh), rtol=1e-6)


def test_every_row_has_a_basis_that_carries_it():
    A = features("dense", 16, 6, np.random.default_rng(1))
    found = least_infinity_norm(A)
    for row, basis in zip(found.matrix, found.bases, strict=True):
        assert set(np.flatnonzero(np.abs(row) > 1e-12)) <= set(basis)


def test_dependent_features_are_refused():
    A = np.ones((5, 2))
    with pytest.raises(InputError, match=r"linearly dependent; expected independent ones \(A1\)"):
        least_infinity_norm(A)
