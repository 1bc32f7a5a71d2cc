"""The singular values of optima beside those of random half-normal matrices (Figures 7, 12 and 13)."""

import numpy as np
import pandas as pd

from starnmf.factors import Factors
from starnmf.seeds import generator


def measure_spectrum(factors: Factors, repetitions: int = 5) -> pd.DataFrame:
    """Singular values of U* and V* of the first restarts, and of as many random half-normal matrices of their shapes.

    Columns dataset, regime, factor (U | V), matrix (optimum | random), repetition, index (from 0, largest first),
    singular_value. The random matrices have entries |N(0, 1)|: their scale means nothing, only s / s_max is compared.
    They are drawn at (dataset, rate, "spectrum", repetition, factor), alike for every regime.
    """
    attributes = factors.attributes
    tables = []
    for factor, optima in (("U", factors.U), ("V", factors.V)):
        for repetition, optimum in enumerate(optima[:repetitions]):
            address = attributes["dataset"], float(attributes["rate"]), "spectrum", repetition, factor
            random = np.abs(generator(int(attributes["seed"]), *address).standard_normal(optimum.shape))
            for matrix, values in (("optimum", optimum.astype(np.float64)), ("random", random)):
                singular_values = np.linalg.svd(values, compute_uv=False)
                tables.append(
                    pd.DataFrame(
                        {
                            "dataset": attributes["dataset"],
                            "regime": attributes["regime"],
                            "factor": factor,
                            "matrix": matrix,
                            "repetition": repetition,
                            "index": np.arange(len(singular_values)),
                            "singular_value": singular_values,
                        }
                    )
                )
    return pd.concat(tables, ignore_index=True)
