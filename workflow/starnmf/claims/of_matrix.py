"""What the ledger says of one matrix, without files."""

import pandas as pd

from starnmf.claims.claim import Verdict
from starnmf.claims.ledger import judge_claims
from starnmf.claims.results import Results
from starnmf.datasets.tables import MATRICES
from starnmf.factorization.descent import factorize
from starnmf.factorization.settings import Settings
from starnmf.factorization.summary import summary_of
from starnmf.factorization.tables import RUNS
from starnmf.landscape.curvature import measure_curvature
from starnmf.landscape.lines import measure_lines
from starnmf.landscape.scales import measure_scales
from starnmf.landscape.spectrum import measure_spectrum
from starnmf.landscape.tables import CURVATURE, LINES, SCALES, SPECTRUM
from starnmf.matrix import Matrix, attributes_of
from starnmf.optima.pairs import measure_optima
from starnmf.optima.tables import CENTRES, PAIRS


def ledger_of(
    matrix: Matrix,
    restarts: int = 10,
    points: int = 20,
    settings: Settings | None = None,
    device: str = "cpu",
    threads: int = 1,
) -> pd.DataFrame:
    """Factorize a matrix and judge the claims that can be judged on it alone.

    Parameters
    ----------
    matrix : Dense or Observed
        As from `matrix_from` or `load_matrix`.
    restarts, points : int
        Optima, and random points that their curvature is measured from.
    settings : Settings
        Of the factorization; the defaults if not given.
    device : str
        `cpu` or `cuda`.
    threads : int
        Threads on a CPU; the result does not depend on their number.

    Returns
    -------
    pandas.DataFrame
        Rows of the ledger: statement, regime, what was measured with its uncertainty, verdict and
        reason.

    Raises
    ------
    InputError
        A loss is no number.

    Examples
    --------
    >>> import numpy as np
    >>> from starnmf import ledger_of, matrix_from
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> ledger = ledger_of(matrix, restarts=3, points=4)
    >>> "nmf-alpha-positive" in set(ledger["id"])
    True
    """
    regimes = factorize(matrix, settings=settings, restarts=restarts, device=device, threads=threads)
    pairs, centres = zip(*(measure_optima(matrix, factors, threads) for factors in regimes.values()), strict=True)
    tables = {
        MATRICES: [pd.DataFrame({name: [value] for name, value in attributes_of(matrix).items()})],
        RUNS: [pd.DataFrame(summary_of(factors, RUNS.names)) for factors in regimes.values()],
        CURVATURE: [measure_curvature(matrix, factors, points, threads) for factors in regimes.values()],
        LINES: [measure_lines(matrix, factors) for factors in regimes.values()],
        SCALES: [measure_scales(matrix, factors, threads) for factors in regimes.values()],
        SPECTRUM: [measure_spectrum(factors) for factors in regimes.values()],
        PAIRS: pairs,
        CENTRES: centres,
    }
    joined = {table: pd.concat(parts, ignore_index=True).assign(file="") for table, parts in tables.items()}
    ledger = judge_claims(Results(joined))
    return ledger[ledger["verdict"] != Verdict.NOT_RUN].reset_index(drop=True)
