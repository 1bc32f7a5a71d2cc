"""What figures and readers need to know of a factorization without its factors."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors
from starnmf.subsamples import numbers_in_rate

ENDS = ("loss", "time", "gradients", "converged", "loss_change", "alpha_change", "projected_gradient")


def summary_of(factors: Factors, names: Iterable[str]) -> dict[str, Any]:
    """The named columns of one row per restart: attributes of the factors, and how the restart ended.

    `mean` is that of the data and `start_mean` that of the product of the start's factors, which should match it; the
    other columns are as in `Factors`.
    """
    restarts = range(len(factors.loss))
    ends = {
        "restart": list(restarts),
        "start_mean": [_start_mean(factors, restart) for restart in restarts],
        **{name: getattr(factors, name) for name in ENDS},
    }
    return {name: ends[name] if name in ends else [factors.attributes[name]] * len(restarts) for name in names}


def summary_of_subsamples(parts: Sequence[Factors], names: Sequence[str]) -> dict[str, Any]:
    """`summary_of` of all subsamples of a rate, the restarts numbered within the rate (`starnmf.subsamples`)."""
    summaries = [
        summary_of(factors, names) | {"restart": numbers_in_rate(subsample, len(factors.loss), len(parts))}
        for subsample, factors in enumerate(parts)
    ]
    return {name: np.concatenate([summary[name] for summary in summaries]) for name in names}


def _start_mean(factors: Factors, restart: int) -> float:
    """Mean entry of U0 V0, from the sums over U0's columns and V0's rows."""
    U, V = draw_starts(factors.attributes, "start", range(restart, restart + 1))
    return float(U[0].mean(axis=0) @ V[0].mean(axis=1))
