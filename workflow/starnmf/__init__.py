"""Star-convexity in non-negative matrix factorization: the library behind the pipeline.

Notebooks and scripts use the names in `__all__`; everything else is internal. A matrix is
made from an array or read from a result file, factorized by many restarts, and measured:

>>> import numpy as np
>>> import starnmf
>>> X = np.random.default_rng(0).gamma(2.0, size=(40, 30))
>>> matrix = starnmf.matrix_from(X, rank=2)
>>> factors = starnmf.factorize(matrix, ("converged",), restarts=3)["converged"]
>>> segments = starnmf.measure_curvature(matrix, factors, points=5)
>>> len(segments)
15
"""

from importlib import import_module
from typing import Any

_MODULE_OF = {
    "Dense": "matrix",
    "Factors": "factors",
    "InputError": "errors",
    "Observed": "matrix",
    "Settings": "factorization.settings",
    "factorize": "factorization.descent",
    "ledger_of": "claims.of_matrix",
    "load_factors": "factors",
    "load_matrix": "matrix",
    "matrix_from": "matrix",
    "measure_curvature": "landscape.curvature",
    "measure_lines": "landscape.lines",
    "measure_spectrum": "landscape.spectrum",
    "subsample": "matrix",
}

__all__ = [*_MODULE_OF]


def __getattr__(name: str) -> Any:
    """Import the module of a name when it is first used: commands need few of these and start fast."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'starnmf' has no attribute {name!r}")
    return getattr(import_module(f"starnmf.{_MODULE_OF[name]}"), name)
