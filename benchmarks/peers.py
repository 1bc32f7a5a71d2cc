"""Descents of other libraries, one restart after the other, on one thread each.

scikit-learn, PLANC, nn-fac and torchnmf begin at given starts and keep nothing but their factors, so that iterations
can be taken in portions. cmfrec and LIBMF draw their own starts from seeds and cannot resume: for more iterations they
run again from the beginning.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from baselines import iterations_of_sklearn
from scipy.sparse import coo_array
from starts import Point

from starnmf.arrays import FloatArray
from starnmf.matrix import Dense, Observed

Array = npt.NDArray[np.float64]

Move = Callable[[FloatArray, FloatArray, int], Point]
"""From U (n, r) and V (r, m), so many iterations on."""

Fit = Callable[[int, int], Point]
"""The factors that a seed leads to in so many iterations."""

LIBMF_RATE = 0.1
"""The learning rate that LIBMF begins with: its default."""


class ContinuedDescent:
    """Restarts that are moved on from where they are."""

    def __init__(self, move: Move, starts: Sequence[Point]) -> None:
        self.move, self.now = move, list(starts)

    def advance(self, iterations: int) -> None:
        self.now = [self.move(U, V, iterations) for U, V in self.now]

    def points(self) -> list[Point]:
        return self.now


class RepeatedDescent:
    """Restarts that are run again from their seeds for every further iteration."""

    def __init__(self, fit: Fit, seeds: Sequence[int]) -> None:
        self.fit, self.seeds, self.iterations = fit, seeds, 0
        self.now: list[Point] = []

    def advance(self, iterations: int) -> None:
        self.iterations += iterations
        self.now = [self.fit(seed, self.iterations) for seed in self.seeds]

    def points(self) -> list[Point]:
        return self.now


def imported(name: str) -> ModuleType | None:
    """A library, its linear algebra on one thread; None where it is not installed."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # read when its own libraries are loaded
    try:
        with silent():
            return import_module(name)
    except ImportError:
        return None


def sklearn_move(matrix: Dense, solver: str) -> Move:
    """`cd` or `mu` of scikit-learn, float32."""
    return lambda U, V, iterations: iterations_of_sklearn(solver, matrix, U, V, iterations)


def planc_move(planc: ModuleType, algorithm: str, matrix: Dense) -> Move:
    """An algorithm of PLANC, float64."""
    X = np.asfortranarray(matrix.X, np.float64)

    def move(U: FloatArray, V: FloatArray, iterations: int) -> Point:
        W, H = np.asfortranarray(U, np.float64), np.asfortranarray(V.T, np.float64)
        with silent():
            found = planc.nmf(X, len(V), iterations, algorithm, 1, Winit=W, Hinit=H)
        return found.W, found.H.T

    return move


def nn_fac_move(nn_fac: ModuleType, matrix: Dense) -> Move:
    """HALS of nn-fac with up to 100 sweeps of a factor, float32."""

    def move(U: FloatArray, V: FloatArray, iterations: int) -> Point:
        # No change of the cost is smaller than a negative tolerance: every iteration is taken.
        found: Point = nn_fac.nmf(
            matrix.X, len(V), init="custom", U_0=U, V_0=V, n_iter_max=iterations, tol=-1, update_rule="hals"
        )
        return found

    return move


def torchnmf_move(torchnmf: ModuleType, matrix: Dense) -> Move:
    """Multiplicative updates of torchnmf, float32."""
    X = torch.from_numpy(matrix.X)

    def move(U: FloatArray, V: FloatArray, iterations: int) -> Point:
        model = torchnmf.NMF(W=torch.from_numpy(V.T.copy()), H=torch.from_numpy(U.copy()))
        model.fit(X, beta=2, tol=-np.inf, max_iter=iterations)
        return model.H.detach().numpy(), model.W.detach().numpy().T

    return move


def cmfrec_fit(cmfrec: ModuleType, matrix: Observed) -> Fit:
    """Alternating least squares of cmfrec by coordinate descent, float32, no biases, no regularization."""
    X = coo_array((matrix.values, (matrix.row_of_entry, matrix.indices)), matrix.shape)
    plain = {"center": False, "user_bias": False, "item_bias": False, "lambda_": 0.0}
    needless = {"precompute_for_predictions": False, "produce_dicts": False, "verbose": False}

    def fit(seed: int, iterations: int) -> Point:
        model = cmfrec.CMF(
            k=matrix.description.rank,
            method="als",
            nonneg=True,
            niter=iterations,
            nthreads=1,
            random_state=1 + seed,
            **plain,
            **needless,
        )
        model.fit(X)
        return model.A_, model.B_.T

    return fit


def libmf_fit(libmf: ModuleType, matrix: Observed) -> Fit:
    """Stochastic gradient descent of LIBMF, float32, no regularization.

    Its seed is fixed, but its start depends on the order of rows and columns, which is drawn here from the seed.
    """
    free = dict.fromkeys(("lambda_p1", "lambda_p2", "lambda_q1", "lambda_q2"), 0.0)
    kept = {"do_nmf": True, "nr_threads": 1, "eta": LIBMF_RATE, "quiet": True, "fun": libmf.P_L2_MFR}

    def fit(seed: int, iterations: int) -> Point:
        row, column = (np.random.default_rng(seed).permutation(side) for side in matrix.shape)
        entries = np.column_stack([row[matrix.row_of_entry], column[matrix.indices], matrix.values])
        model = libmf.MF(k=matrix.description.rank, nr_iters=iterations, **free, **kept)
        model.fit(entries)
        return _in_order(model.p_factors(), row), _in_order(model.q_factors(), column).T

    return fit


def _in_order(factor: FloatArray, order: npt.NDArray[np.int64]) -> FloatArray:
    """LIBMF's factor row by row; rows without an entry, NaN or left out at the end, are 0."""
    whole = np.zeros((len(order), factor.shape[1]), factor.dtype)
    whole[: len(factor)] = np.nan_to_num(factor)
    return whole[order]


DENSE_PEERS: dict[str, tuple[str, Callable[[Any, Dense], Move]]] = {
    "scikit-learn cd": ("sklearn", lambda _, matrix: sklearn_move(matrix, "cd")),
    "scikit-learn mu": ("sklearn", lambda _, matrix: sklearn_move(matrix, "mu")),
    "PLANC HALS": ("pyplanc", lambda planc, matrix: planc_move(planc, "hals", matrix)),
    "PLANC ANLS-BPP": ("pyplanc", lambda planc, matrix: planc_move(planc, "anlsbpp", matrix)),
    "nn-fac HALS": ("nn_fac.nmf", nn_fac_move),
    "torchnmf MU": ("torchnmf.nmf", torchnmf_move),
}
"""The module and the way to move of every contender on a fully observed matrix."""

OBSERVED_PEERS: dict[str, tuple[str, Callable[[Any, Observed], Fit]]] = {
    "cmfrec ALS": ("cmfrec", cmfrec_fit),
    "LIBMF SGD": ("libmf.mf", libmf_fit),
}
"""The same on observed entries."""

MERITS = {
    "scikit-learn cd": "it sweeps a factor coordinate by coordinate in compiled code, at little cost for each call",
    "scikit-learn mu": "an iteration is two products and no sweep",
    "PLANC HALS": "it sweeps columns in compiled code without any calls between them",
    "PLANC ANLS-BPP": "it solves for one factor exactly while the other is fixed, and so needs few iterations",
    "nn-fac HALS": "it sweeps a factor up to 100 times for one product with the data",
    "torchnmf MU": "an iteration is two products and no sweep",
    "cmfrec ALS": "it solves for one factor row by row while the other is fixed, so that one pass over the entries "
    "does the work of many gradients",
    "LIBMF SGD": "it moves the factors after every entry, not after all of them",
}
"""What a contender does better where it is first."""


@contextmanager
def silent() -> Iterator[None]:
    """Drop what a library prints by itself."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
