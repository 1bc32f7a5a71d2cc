"""Claims about singular values of optima beside those of random half-normal matrices (Figures 7, 12 and 13).

With small ranks two random matrices differ as much from each other as from anything else. An optimum is therefore
compared with what random matrices of its shape are to each other.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import stdtrit

from starnmf.arrays import Array
from starnmf.claims.claim import Claim, Finding, Measurement, at_most, below, measured_on
from starnmf.claims.datasets import bounded_if_converged, dataset_claim, measured_per_case
from starnmf.claims.statistics import rank_correlation
from starnmf.figures.spectra import ZERO
from starnmf.landscape.tables import SPECTRUM
from starnmf.results.table import rows_where

LARGER_RANK = 20
"""Ranks from which a dataset is one of those "with larger ranks": the five largest of the paper's eight."""

LIKE_RANDOM = float(np.log(1.5))
"""Wasserstein distance of log(s / s_max): singular values differ by a factor of 1.5 on average."""


@measured_per_case(SPECTRUM)
def _excess_distance(rows: pd.DataFrame, factor: str, datasets: tuple[str, ...] = ()) -> Measurement | None:
    """How much further optima are from random matrices than random matrices are from each other.

    Its variance is the jackknife's of a statistic of two samples (Arvesen 1969): optima and random
    matrices are independent of each other.
    """
    rows = rows_where(rows, factor=factor)
    optima, random = (_log_spectra(rows, matrix) for matrix in ("optimum", "random"))
    named = str(rows["dataset"].iloc[0]) in datasets if datasets else rows["index"].max() + 1 >= LARGER_RANK
    if not named or len(optima) < 2 or len(random) < 3:
        return None
    across, within = _distances(optima, random), _distances(random, random)
    value = _excess(across, within)
    without_optimum = [_excess(np.delete(across, one, 0), within) for one in range(len(optima))]
    without_random = [
        _excess(np.delete(across, one, 1), np.delete(np.delete(within, one, 0), one, 1)) for one in range(len(random))
    ]
    variance = sum((len(left) - 1) * np.var(left) for left in (without_optimum, without_random))
    half = float(stdtrit(min(len(optima), len(random)) - 1, 0.975) * np.sqrt(variance))
    how = f"(95 % jackknife t-interval, {len(optima)} optima and {len(random)} random matrices; "
    how += f"{across.mean():.3g} from random matrices, {across.mean() - value:.3g} between them)"
    ends = rows_where(rows, matrix="optimum")
    return bounded_if_converged(ends, Measurement(value, value - half, value + half, how))


def _log_spectra(rows: pd.DataFrame, matrix: str) -> list[Array]:
    """log(s / s_max) of every repetition, without s_max itself and without zeros, as in Figures 7, 12 and 13."""
    spectra = []
    for _, of_one in rows_where(rows, matrix=matrix).sort_values("index").groupby("repetition"):
        values = of_one["singular_value"].to_numpy()
        shares = values[1:] / values[0] if values[0] else values[:0]
        spectra.append(np.log(shares[shares > ZERO]))
    return [spectrum for spectrum in spectra if len(spectrum)]


def _distances(left: list[Array], right: list[Array]) -> Array:
    """Wasserstein distance of every spectrum on the left from every one on the right."""
    return np.array([[stats.wasserstein_distance(one, other) for other in right] for one in left])


def _excess(across: Array, within: Array) -> float:
    """Mean distance between the samples less that between two members of the second."""
    count = len(within)
    return float(across.mean() - within.sum() / (count * (count - 1)))


@measured_on(SPECTRUM)
def _closer_for_larger_ranks(table: pd.DataFrame) -> Iterable[Finding]:
    """Spearman's rho over datasets of the distance of U* from random matrices against the rank."""
    for regime, rows in rows_where(table, factor="U").groupby("regime"):
        ranks, distances = [], []
        for _, of_dataset in rows.groupby("dataset"):
            optima, random = (_log_spectra(of_dataset, matrix) for matrix in ("optimum", "random"))
            if optima and random:
                ranks.append(float(of_dataset["index"].max() + 1))
                distances.append(float(_distances(optima, random).mean()))
        ends = rows_where(rows, matrix="optimum")
        measured = bounded_if_converged(ends, rank_correlation(ranks, distances, "dataset"))
        yield Finding(measured, rows, str(regime))


DISTANCE = "Wasserstein distance of log(s / s_max) from random matrices less that between two of them"
REASON = "how similar is not said; singular values that differ by a factor of 1.5 on average"

CLAIMS = (
    dataset_claim(
        "nmf-spectrum-birdsong",
        "section 4.2, sentence 14; caption of Figure 7, sentence 2",
        "For birdsong the singular values of U* are like a random matrix's",
        DISTANCE,
        at_most(LIKE_RANDOM),
        _excess_distance("U", ("birdsong",)),
        datasets=("birdsong",),
        limit_reason=REASON,
    ),
    *(
        Claim(
            f"nmf-spectrum-{factor}",
            f"caption of Figure {figure}, sentence 2",
            f"For datasets with larger ranks the singular values of {factor}* are typically like a random matrix's",
            DISTANCE,
            at_most(LIKE_RANDOM),
            _excess_distance(factor),
            if_nothing=f"no dataset of this run has a rank of {LARGER_RANK} or more",
            limit_reason=REASON,
        )
        for factor, figure in (("U", 12), ("V", 13))
    ),
    Claim(
        "nmf-spectrum-rank",
        "caption of Figure 12, sentence 2; caption of Figure 13, sentence 2",
        "The larger the rank, the more the spectra agree",
        "Spearman's rho of the Wasserstein distance of U* from random matrices against r",
        below(0),
        _closer_for_larger_ranks(),
    ),
)
"""Every claim about spectra."""
