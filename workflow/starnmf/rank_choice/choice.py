"""The rule by which a rank is recommended, and how many restarts find the lowest loss.

A rank is *stable* when at least 90 % of its restarts are one solution: every column of U and row of V is within a
cosine distance of 0.1 (`optima.tables.EQUIVALENT`) of the one of the best restart that it matches. A rank *predicts*
when no smaller rank is as good on held-out entries: the ranks up to the smallest one whose error is not above the
lowest, in a one-sided paired t-test of the logarithms of errors at 95 % over the splits. The largest stable rank above
1 that predicts is recommended; where there is none, no rank is.
"""

from math import ceil, log

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.factorization.restart import INTERPOLATED
from starnmf.statistics import mean_interval

STABLE = 0.9
"""Share of the restarts that are one solution at a stable rank."""

NEAR = 1e-3
"""How far above the lowest loss, relative to it, that of a restart may be which has found it."""

CONFIDENCE = 0.95
"""Of the test on held-out errors; and the probability that so many restarts as are enough find the lowest loss."""


def restarts_near(losses: Array) -> int:
    """How many restarts have found the lowest loss; those that go through every entry, whatever is left of it."""
    return int((losses <= max((1 + NEAR) * losses.min(), INTERPOLATED)).sum())


def near_in_words(lowest: float) -> str:
    """Where the restarts end that `restarts_near` counts."""
    if (1 + NEAR) * lowest <= INTERPOLATED:
        return f"at a loss below {INTERPOLATED:g}, where the factors go through every entry"
    return f"within {NEAR:.1%} of the lowest loss, {lowest:.4g}"


def restarts_enough(share: float) -> int:
    """How many independent restarts are needed for one or more of them to succeed with a probability of 95 %, where
    each succeeds with probability `share`.

    Examples
    --------
    >>> restarts_enough(1.0), restarts_enough(0.5), restarts_enough(1 / 16)
    (1, 5, 47)
    """
    return 1 if share >= CONFIDENCE else ceil(log(1 - CONFIDENCE) / log(1 - share))


def excess_of_ranks(held_out: pd.DataFrame) -> pd.DataFrame:
    """Held-out errors of ranks beside the lowest.

    Splits differ in how hard they are to predict, by factors rather than by differences: errors are compared by their
    logarithms.

    Returns
    -------
    pandas.DataFrame
        By rank: `held_out`, the geometric mean of the errors; `excess`, by what share that is above the lowest; and
        `excess_low`, the lower end of the one-sided 95 % t-interval of that share over splits. A single split has no
        interval.
    """
    errors = held_out.pivot(index="rank", columns="split", values="error")
    logarithms = np.log(np.maximum(errors.to_numpy(dtype=np.float64), np.finfo(np.float64).tiny))
    means = logarithms.mean(axis=1)
    # The lower end of the two-sided 90 % interval is that of the one-sided 95 % interval.
    ratio, low, _ = mean_interval(logarithms - logarithms[means.argmin()], 2 * CONFIDENCE - 1)
    low = np.where(np.isnan(low), ratio, low)
    columns = {"held_out": np.exp(means), "excess": np.expm1(ratio), "excess_low": np.expm1(low)}
    return pd.DataFrame(columns, index=errors.index)


def with_choice(ranks: pd.DataFrame) -> pd.DataFrame:
    """Rows of ranks with the columns `stable`, `predicts` and `recommended`, by the rule of this module.

    `ranks` has the columns `rank`, `restarts`, `one_solution` and `excess_low` (NaN where nothing was held out).
    """
    stable = ranks["one_solution"] >= STABLE * ranks["restarts"]
    as_good = ranks.loc[ranks["excess_low"] <= 0, "rank"]
    predicts = ranks["rank"] <= (as_good.min() if len(as_good) else 0)
    candidates = ranks.loc[stable & predicts & (ranks["rank"] > 1), "rank"]
    recommended = ranks["rank"] == (candidates.max() if len(candidates) else 0)
    return ranks.assign(stable=stable, predicts=predicts, recommended=recommended)
