"""Every two restarts of a matrix: their distance and the loss between them, and how good a centre an optimum is."""

import numpy as np
import pandas as pd

from starnmf.choices import Regime
from starnmf.factors import Factors
from starnmf.landscape.segments import check_factors_of
from starnmf.matrix import Matrix
from starnmf.optima.barriers import balanced, higher_end, measure_barriers, relative_barriers
from starnmf.optima.centres import measure_centres
from starnmf.optima.matching import match_restarts
from starnmf.optima.tables import CENTRES, CLOSE, EQUIVALENT


def measure_optima(matrix: Matrix, factors: Factors, threads: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Match every two restarts, follow the loss between them, and look for a centre.

    Parameters
    ----------
    matrix : Dense or Observed
        The matrix that was factorized.
    factors : Factors
        Its restarts. Centres are of those that converged in the regime `converged`, and of all in the other regimes,
        which are times on the path of descent.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    pairs, centres : pandas.DataFrame
        With the columns of the tables `optima.tables.PAIRS` and `optima.tables.CENTRES`.

    Raises
    ------
    InputError
        The factors are not those of the matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from starnmf import factorize, matrix_from
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> pairs, centres = measure_optima(matrix, factorize(matrix, ("published",), restarts=4)["published"])
    >>> len(pairs), len(centres)
    (6, 0)
    """
    check_factors_of(matrix, factors)
    names = {name: factors.attributes[name] for name in ("dataset", "regime")}
    restarts = balanced((factors.U, factors.V))
    matching = match_restarts(restarts, threads)
    matched, unmatched = measure_barriers(matrix, restarts, matching, threads)
    (rise, excess), (rise_unmatched, excess_unmatched) = map(relative_barriers, (matched, unmatched))
    pairs = pd.DataFrame(
        names
        | {
            "restart": matching.first,
            "other": matching.second,
            "converged": factors.converged[matching.first] & factors.converged[matching.second],
            "equivalent": matching.equivalent(EQUIVALENT),
            "close": matching.equivalent(CLOSE),
            "equivalent_unmatched": (matching.unmatched < EQUIVALENT).mean(axis=1),
            "largest_distance": matching.distance.max(axis=1),
            "loss": higher_end(matched),
            "rise": rise,
            "excess": excess,
            "rise_unmatched": rise_unmatched,
            "excess_unmatched": excess_unmatched,
        }
    )
    counted = np.flatnonzero(factors.converged | (factors.attributes["regime"] != Regime.CONVERGED))
    centres = measure_centres(matrix, restarts, matching, rise, counted, threads)
    return pairs, centres.assign(**names)[CENTRES.names]
