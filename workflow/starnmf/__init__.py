"""Star-convexity in non-negative matrix factorization: the library behind the pipeline.

These names are what notebooks and scripts are meant to use; everything else is internal. A matrix
is made from an array or read from a result file, factorized by many restarts, and measured:

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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starnmf.claims.of_matrix import ledger_of
    from starnmf.errors import InputError
    from starnmf.factorization.descent import factorize
    from starnmf.factorization.settings import Settings
    from starnmf.factors import Factors, load_factors
    from starnmf.landscape.curvature import measure_curvature
    from starnmf.landscape.lines import measure_lines
    from starnmf.landscape.spectrum import measure_spectrum
    from starnmf.matrix import Dense, Observed, load_matrix, matrix_from, subsample

__all__ = [
    "Dense",
    "Factors",
    "InputError",
    "Observed",
    "Settings",
    "factorize",
    "ledger_of",
    "load_factors",
    "load_matrix",
    "matrix_from",
    "measure_curvature",
    "measure_lines",
    "measure_spectrum",
    "subsample",
]

_MODULES = {
    "claims.of_matrix": ("ledger_of",),
    "errors": ("InputError",),
    "factorization.descent": ("factorize",),
    "factorization.settings": ("Settings",),
    "factors": ("Factors", "load_factors"),
    "landscape.curvature": ("measure_curvature",),
    "landscape.lines": ("measure_lines",),
    "landscape.spectrum": ("measure_spectrum",),
    "matrix": ("Dense", "Observed", "load_matrix", "matrix_from", "subsample"),
}


def __getattr__(name: str) -> Any:
    """Import what a name is in when it is first used: commands need few of these and start fast."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"starnmf.{module}"), name)
    raise AttributeError(f"module 'starnmf' has no attribute {name!r}")
