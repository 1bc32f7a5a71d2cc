"""The numbers of the article that are not in the ledger, as text that is ready to print."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from starnmf.choices import Regime
from starnmf.claims.landscape import is_above_chord, is_negative, share_of_segments
from starnmf.claims.results import Results, read_results
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.figures.figure15 import means_in_time
from starnmf.landscape.tables import CURVATURE, RANKS, TIMES
from starnmf.results.atomic import write_atomically
from starnmf.results.table import rows_where

Numbers = dict[str, Any]
"""Texts by name, nested."""


def write_numbers(files: Sequence[Path], record: Path, output: Path) -> None:
    """Write the numbers of the article as JSON.

    Parameters
    ----------
    files
        The result tables of all runs.
    record
        The record of the bundles that they come from, as `starnmf provenance unpack` writes it.
    output
        The JSON to write: `datasets`, by dataset and regime, of whole matrices (rate 1.0); `runs`, by run; and the
        `version` of this package.

    Raises
    ------
    InputError
        On files that are no result tables, and where the record is none of bundles.
    """
    results = read_results(files)
    bundles = json.loads(record.read_text(encoding="utf-8")).get("bundles")
    if not bundles:
        raise InputError(f"{record}: found no bundles; expected the record that `starnmf provenance unpack` writes")
    numbers = {
        "version": version("starnmf"),
        "datasets": {str(name): _of_dataset(results, str(name)) for name in results[MATRICES]["dataset"].unique()},
        "runs": {str(name): _of_run(bundle, results) for name, bundle in bundles.items()},
    }
    write_atomically(output, json.dumps(numbers, indent=1, ensure_ascii=False) + "\n")


def number(value: float, digits: int = 3) -> str:
    """A number with some significant digits, and a minus sign as in print."""
    return f"{value:.{digits}g}".replace("-", "−")


def count(value: float) -> str:
    """A whole number with commas."""
    return f"{round(value):,}"


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.3g} %"


def _of_dataset(results: Results, dataset: str) -> Numbers:
    """What a dataset is, and what was measured on it in every regime."""
    matrix = rows_where(results[MATRICES], dataset=dataset).iloc[0]
    runs = rows_where(results[RUNS], dataset=dataset)
    regimes = {str(name): _of_regime(results, dataset, str(name)) for name in Regime if name in set(runs["regime"])}
    found: Numbers = {name: str(matrix[name]) for name in ("n", "m", "rank")} | regimes
    whole = runs[runs["rate"] == 1.0].groupby("regime")["loss"].mean()
    if {Regime.PUBLISHED, Regime.CONVERGED} <= set(whole.index):
        found["loss_ratio"] = number(whole[Regime.PUBLISHED] / whole[Regime.CONVERGED], 2)
    if TIMES in results.tables and len(times := rows_where(results[TIMES], dataset=dataset)):
        found["times"] = _of_times(times)
    return found


def _of_regime(results: Results, dataset: str, regime: str) -> Numbers:
    """Factors of the whole matrix, and the segments to them, where a regime ends."""
    runs, segments = (rows_where(results[table], dataset=dataset, regime=regime) for table in (RUNS, CURVATURE))
    rates = _of_rates(runs, segments)
    runs, segments = (rows_where(rows, rate=1.0) for rows in (runs, segments))
    ranks = results.tables.get(RANKS)
    down = share_of_segments(segments, is_negative)
    above = share_of_segments(segments, is_above_chord)
    return {
        "restarts": count(len(runs)),
        "converged": count(runs["converged"].sum()),
        "loss": number(runs["loss"].mean()),
        "alpha": number(segments["alpha"].mean()),
        "smallest": number(segments["alpha"].min()),
        "segments": count(len(segments)),
        "negative": count(down.hits),
        "negative_share": percent(down.value),
        "negative_at_most": percent(down.high),
        "above": count(above.hits),
        "above_share": percent(above.value),
        "above_interval": f"{percent(above.low)} to {percent(above.high)}",
        "independent": count(down.effective),
        "ranks": _of_ranks(rows_where(ranks, dataset=dataset, regime=regime)) if ranks is not None else [],
        "rates": rates,
    }


def _of_rates(runs: pd.DataFrame, segments: pd.DataFrame) -> list[Numbers]:
    """Curvature at every rate of subsampling, from the smallest on."""
    return [
        {
            "rate": f"{rate:g}",
            "segments": count(len(of_rate)),
            "negative": count(is_negative(of_rate).sum()),
            "restarts": count((runs["rate"] == rate).sum()),
            "converged": count(runs.loc[runs["rate"] == rate, "converged"].sum()),
        }
        for rate, of_rate in segments.groupby("rate")
    ]


def _of_ranks(segments: pd.DataFrame) -> list[Numbers]:
    """Curvature at every rank that was tried, from the smallest on."""
    return [
        {
            "rank": str(rank),
            "restarts": count(of_rank["restart"].nunique()),
            "alpha": number(of_rank["alpha"].mean()),
            "negative": percent(is_negative(of_rank).mean()),
            "above": percent(is_above_chord(of_rank).mean()),
        }
        for rank, of_rank in segments.groupby("rank")
    ]


def _of_times(rows: pd.DataFrame) -> Numbers:
    """When alpha is negative on segments towards where the flow is, as multiples of the time where the paper stops."""
    means, paper_time = means_in_time(rows), float(rows["paper_time"].iloc[0])
    share = means.loc[means.index > paper_time, "negative"]
    times = {"some_negative": share.index[share > 0], "all_negative": share.index[share == 1]}
    return {name: number(found[0] / paper_time, 2) if len(found) else "" for name, found in times.items()}


def _of_run(record: Mapping[str, Any], results: Results) -> Numbers:
    """What a run cost, on which processor, and its trials."""
    jobs = record["jobs"].values()
    seconds = [job.get("processor_seconds", 0.0) for job in jobs]
    runs = results[RUNS][results[RUNS]["dataset"].isin(record["data"])]
    return {
        "processor": record["processor"].partition(",")[0],
        "jobs": count(len(seconds)),
        "minutes": number(sum(seconds) / 60),
        "longest": number(max(seconds, default=0.0) / 60),
        "memory": number(max((job.get("memory_mib", 0.0) for job in jobs), default=0.0) / 1024),
        "gradients": f"{runs['gradients'].sum() / 1e6:.3g}",
        "restarts": count(len(runs)),
        "trials": count(record["configuration"]["trials"]),
    }
