"""What an expert would write or install first: a gradient step of one restart, and iterations of scikit-learn.

All are float32 and start from given factors U (n, r) and V (r, m); all gradient steps end in the same ones.
"""

import shutil
import time
import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import torch
from clock import seconds_per_call
from sklearn.decomposition import non_negative_factorization  # type: ignore[import-untyped]
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
from torch import Tensor

from starnmf.arrays import FloatArray
from starnmf.matrix import Dense, Matrix, Observed

ETA = 1e-7
"""Step along the gradient of the sum loss: the paper's."""

Step = Callable[[], object]
"""One gradient step in place."""


def by_autograd(matrix: Matrix, U: FloatArray, V: FloatArray, device: torch.device) -> Step:
    """Autograd through the full residual; entries that are not observed are masked out of it."""
    X, mask = _filled(matrix)
    target = torch.from_numpy(X).to(device)
    weight = None if mask is None else torch.from_numpy(mask).to(device)

    def loss(U: Tensor, V: Tensor) -> Tensor:
        residual = U @ V - target
        return 0.5 * (residual if weight is None else residual * weight).square().sum()

    return _autograd_step(loss, U, V, device)


def by_compiled_entries(matrix: Observed, U: FloatArray, V: FloatArray) -> Step:
    """Autograd through the errors of the observed entries (COO), compiled by torch."""
    rows = torch.from_numpy(matrix.row_of_entry.astype(np.int64))
    columns = torch.from_numpy(matrix.indices.astype(np.int64))
    values = torch.from_numpy(matrix.values)
    compiled = _compiled_loss_of_entries()
    loss = partial(compiled, rows=rows, columns=columns, values=values)
    return _autograd_step(loss, U, V.T, torch.device("cpu"))


def can_compile() -> bool:
    """Whether torch finds what it compiles with on a CPU: a C++ compiler."""
    return shutil.which("g++") is not None


@cache
def _compiled_loss_of_entries() -> Callable[..., Tensor]:
    compiled: Callable[..., Tensor] = torch.compile(_loss_of_entries, dynamic=False)
    return compiled


def _loss_of_entries(U: Tensor, VT: Tensor, rows: Tensor, columns: Tensor, values: Tensor) -> Tensor:
    return 0.5 * ((U[rows] * VT[columns]).sum(1) - values).square().sum()


def by_sparse_products(matrix: Observed, U: FloatArray, V: FloatArray, device: torch.device) -> Step:
    """torch's compressed rows: E and E^T by `sampled_addmm`, then E V^T and E^T U."""
    rows, columns = matrix.row_of_entry, matrix.indices
    by_column = np.lexsort((rows, columns))
    starts = np.append(0, np.cumsum(np.bincount(columns, minlength=matrix.shape[1])))
    X = _compressed(matrix.indptr, columns, matrix.values, matrix.shape, device)
    XT = _compressed(starts, rows[by_column], matrix.values[by_column], matrix.shape[::-1], device)
    U_now, VT_now = _on_device(U, device), _on_device(V.T, device)

    def step() -> None:
        U_gradient = torch.sparse.sampled_addmm(X, U_now, VT_now.mT, beta=-1.0) @ VT_now
        VT_gradient = torch.sparse.sampled_addmm(XT, VT_now, U_now.mT, beta=-1.0) @ U_now
        U_now.sub_(U_gradient, alpha=ETA).clamp_(min=0)
        VT_now.sub_(VT_gradient, alpha=ETA).clamp_(min=0)

    return step


def by_plain_loop(matrix: Observed, U: FloatArray, V: FloatArray) -> Step:
    """One fused loop over the observed entries, compiled by numba."""
    U_now, VT_now = U.copy(), V.T.copy(order="C")
    gradients = np.empty_like(U_now), np.empty_like(VT_now)
    return lambda: _plain_step(matrix.indptr, matrix.indices, matrix.values, U_now, VT_now, *gradients, ETA)


@numba.njit(fastmath=True)
def _plain_step(indptr, indices, values, U, VT, U_gradient, VT_gradient, eta):  # type: ignore[no-untyped-def]
    U_gradient[:] = 0
    VT_gradient[:] = 0
    for i in range(U.shape[0]):
        u, u_gradient = U[i], U_gradient[i]
        for entry in range(indptr[i], indptr[i + 1]):
            v, v_gradient = VT[indices[entry]], VT_gradient[indices[entry]]
            error = -values[entry]
            for a in range(len(u)):
                error += u[a] * v[a]
            for a in range(len(u)):
                u_gradient[a] += error * v[a]
                v_gradient[a] += error * u[a]
    for factor, gradient in ((U, U_gradient), (VT, VT_gradient)):
        for row in range(factor.shape[0]):
            for a in range(factor.shape[1]):
                factor[row, a] = max(factor[row, a] - eta * gradient[row, a], 0)


def iterations_of_sklearn(
    solver: str, matrix: Dense, U: FloatArray, V: FloatArray, iterations: int
) -> tuple[FloatArray, FloatArray]:
    """Factors after so many iterations of scikit-learn's `cd` or `mu`; both keep no state but the factors."""
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        U, V, _ = non_negative_factorization(
            matrix.X, U.copy(), V.copy(), len(V), init="custom", solver=solver, max_iter=iterations, tol=0
        )
    return U, V


def turn_of_sklearn(solver: str, matrix: Dense, U: FloatArray, V: FloatArray) -> Callable[[], float]:
    """Seconds of an iteration: two lengths are timed, and their difference is free of the set-up."""

    def seconds(iterations: int) -> float:
        start = time.perf_counter()
        iterations_of_sklearn(solver, matrix, U, V, iterations)
        return time.perf_counter() - start

    few, probe = 1, 5
    one_more = max(1e-5, (seconds(few + probe) - seconds(few)) / probe)
    more = max(probe, round(0.2 / one_more))
    return lambda: (seconds(few + more) - seconds(few)) / more


def turn_of_step(step: Step, device: torch.device) -> Callable[[], float]:
    """Seconds of a step."""
    return lambda: seconds_per_call(step, device)


def _autograd_step(
    loss: Callable[[Tensor, Tensor], Tensor], left: FloatArray, right: FloatArray, device: torch.device
) -> Step:
    factors = [_on_device(factor, device).requires_grad_() for factor in (left, right)]

    def step() -> None:
        loss(*factors).backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            for factor in factors:
                assert factor.grad is not None
                factor.sub_(factor.grad, alpha=ETA).clamp_(min=0)
                factor.grad = None

    return step


def _filled(matrix: Matrix) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    """X and the mask (n, m) of what is observed of it; no mask where everything is."""
    if isinstance(matrix, Dense):
        return matrix.X, None
    X, mask = np.zeros(matrix.shape, np.float32), np.zeros(matrix.shape, np.float32)
    X[matrix.row_of_entry, matrix.indices] = matrix.values
    mask[matrix.row_of_entry, matrix.indices] = 1
    return X, mask


def _compressed(
    starts: npt.NDArray[Any],
    indices: npt.NDArray[Any],
    values: FloatArray,
    shape: tuple[int, ...],
    device: torch.device,
) -> Tensor:
    lines, entries = (torch.from_numpy(part.astype(np.int64)).to(device) for part in (starts, indices))
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # compressed rows are called beta
        return torch.sparse_csr_tensor(
            lines, entries, torch.from_numpy(values).to(device), list(shape), check_invariants=False
        )


def _on_device(factor: FloatArray, device: torch.device) -> Tensor:
    return torch.from_numpy(factor.copy(order="C")).to(device)
