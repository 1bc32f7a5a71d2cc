"""The singular values of optima beside those of random half-normal matrices (Figures 7, 12 and 13)."""

import numpy as np
import pandas as pd

from starnmf.factors import Factors
from starnmf.landscape.tables import SPECTRUM
from starnmf.seeds import generator


def measure_spectrum(factors: Factors, repetitions: int = 5) -> pd.DataFrame:
    """Measure the singular values of optima and of random half-normal matrices of their shapes.

    The random matrices have entries |N(0, 1)|; their scale does not matter, as only s / s_max is compared. They are the
    same for every regime.

    Parameters
    ----------
    factors : Factors
        The restarts of a factorization.
    repetitions : int
        The number of restarts, from the first on, and of random matrices.

    Returns
    -------
    pandas.DataFrame
        With the columns of the table `landscape.tables.SPECTRUM`.

    Examples
    --------
    >>> import numpy as np
    >>> from starnmf import factorize, matrix_from, measure_spectrum
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> factors = factorize(matrix, ("published",), restarts=3)["published"]
    >>> len(measure_spectrum(factors, repetitions=1))
    8
    """
    attributes = factors.attributes
    rows = []
    for factor, optima in (("U", factors.U), ("V", factors.V)):
        for repetition, optimum in enumerate(optima[:repetitions]):
            address = attributes["dataset"], float(attributes["rate"]), "spectrum", repetition, factor
            random = np.abs(generator(int(attributes["seed"]), *address).standard_normal(optimum.shape))
            for matrix, values in (("optimum", optimum.astype(np.float64)), ("random", random)):
                singular_values = np.linalg.svd(values, compute_uv=False)
                case = attributes["dataset"], attributes["regime"], factor, matrix, repetition
                rows += [(*case, *numbered) for numbered in enumerate(singular_values)]
    return pd.DataFrame(rows, columns=SPECTRUM.names)
