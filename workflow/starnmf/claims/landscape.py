"""Claims of section 4 and Appendix C about the loss of NMF on datasets, for every dataset and regime of a run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.claims.claim import PROJECT, Measurement, at_most, below, exact, within
from starnmf.claims.datasets import dataset_claim, measured_per_case
from starnmf.claims.statistics import quantiles
from starnmf.claims.theory import has_negative_curvature
from starnmf.figures.relative_deviation import (
    RESAMPLES,
    by_subsample,
    moments_within,
    resampled_deviations,
    single_subsample,
)
from starnmf.landscape import tables
from starnmf.results.table import rows_where
from starnmf.seeds import generator
from starnmf.statistics import effective_number, nested_moments, percentile_interval

PRINTED_DEVIATIONS = (0.0175, 0.0385)
"""The range of Figure 5's axis for ORL: its labels 0.021, 0.028 and 0.035, and half a step on either side."""


@measured_per_case(tables.LINES)
def _segments(rows: pd.DataFrame, kind: str, violates: Callable[[pd.DataFrame], bool]) -> Measurement | None:
    segments = [segment for _, segment in rows_where(rows, kind=kind).groupby("line")]
    return exact(sum(map(violates, segments)), f"(of {len(segments)} segments)") if segments else None


def _exceeds_chord(segment: pd.DataFrame) -> bool:
    at, loss = segment.sort_values("lambda")[["lambda", "loss"]].to_numpy().T
    chord = loss[0] + (loss[-1] - loss[0]) * (at - at[0]) / (at[-1] - at[0])
    return bool((loss - chord > 1e-9 * np.abs(loss).max()).any())


@measured_per_case(tables.CURVATURE)
def _negative_alpha(rows: pd.DataFrame) -> Measurement:
    what = f"smallest {rows['alpha'].min():.4g}, mean {rows['alpha'].mean():.4g}"
    return _segments_hit(rows.assign(hit=rows["alpha"] < 0), what)


@measured_per_case(tables.CURVATURE)
def _chords_to_optima(rows: pd.DataFrame) -> Measurement:
    violation = rows["chord_violation"]
    return _segments_hit(rows.assign(hit=violation > 0), f"largest {violation.max():.3g} of the loss's fall")


def _segments_hit(rows: pd.DataFrame, what: str) -> Measurement:
    """How many segments are hit, with the interval of their share."""
    found = share_of_segments(rows)
    how = f"share {found.low:.3g} to {found.high:.3g} (95 %, subsamples, optima and points resampled)"
    return exact(found.hits, f"(of {found.count}, worth {found.effective:.0f} independent ones; {how}; {what})")


@dataclass(frozen=True)
class ShareOfSegments:
    """How many of the segments from random points to optima have something."""

    hits: int
    count: int
    effective: float
    """As how many independent segments their mean alpha counts."""
    low: float
    high: float
    """Ends of the 95 % interval of the share."""


def share_of_segments(rows: pd.DataFrame) -> ShareOfSegments:
    """The share of segments for which `hit` is true, with its interval.

    Segments that share an optimum or a point are alike: subsamples, optima and points are resampled.
    Where none or all are hit, resampling knows no spread: the bound is the exact binomial one for as
    many independent segments as the mean alpha of these is worth.

    Parameters
    ----------
    rows
        Rows of `CURVATURE` of one dataset and regime, with a column `hit`.
    """
    random = generator(0, str(rows["dataset"].iloc[0]), str(rows["regime"].iloc[0]), "bootstrap of a share")
    count, hits, effective, resampled = len(rows), int(rows["hit"].sum()), 0.0, np.zeros(RESAMPLES)
    for _, of_rate in rows.groupby("rate"):
        effective += effective_number(by_subsample(of_rate))
        _, share = nested_moments(by_subsample(of_rate, "hit"), RESAMPLES, random)
        resampled += share * len(of_rate) / count
    low, high = percentile_interval(np.clip(resampled, 0, 1))  # rounding leaves some just outside
    if hits in (0, count):
        low, high = (0.0, 1 - 0.025 ** (1 / effective)) if hits == 0 else (0.025 ** (1 / effective), 1.0)
    return ShareOfSegments(hits, count, effective, low, high)


@measured_per_case(tables.CURVATURE)
def _deviation_falls(rows: pd.DataFrame) -> Measurement | None:
    """Spearman's rho of sigma / mu against the rate, bootstrapped over subsamples, optima and points.

    It is 1 where a mean is not positive: alpha does not concentrate around a positive mean then.
    """
    rates = sorted(rows["rate"].unique())
    if len(rates) < 2:
        return None
    random = generator(0, str(rows["dataset"].iloc[0]), str(rows["regime"].iloc[0]), "bootstrap of the fall")
    curves = [resampled_deviations(by_subsample(rows[rows["rate"] == rate]), random) for rate in rates]
    values = np.array([curve[0] for curve in curves])
    resampled = np.stack([curve[1] for curve in curves], axis=1)
    by_rate = ", ".join(f"{rate:g}: {_signed_deviation(rows[rows['rate'] == rate]):.3g}" for rate in rates)
    how = f"subsamples, optima and points; sigma/mu by rate {by_rate}"
    said = single_subsample(rows)
    measured = quantiles(float(_rank_correlations(values[None])[0]), _rank_correlations(resampled), how)
    return measured.with_note(f"; {said}") if said else measured


def _signed_deviation(rows: pd.DataFrame) -> float:
    """sigma / mu of one rate, negative where the mean is."""
    sigma, mu = moments_within(by_subsample(rows))
    return sigma / mu


def _rank_correlations(curves: Array) -> Array:
    """Spearman's rho of every curve (curves, points) against the order of its points; 1 where one is infinite."""
    count = curves.shape[1]
    ranks = np.argsort(np.argsort(curves, axis=1), axis=1)
    # Spearman's formula for ranks without ties.
    rho = 1 - 6 * np.square(ranks - np.arange(count)).sum(axis=1) / (count * (count**2 - 1))
    return np.where(np.isfinite(curves).all(axis=1), rho, 1.0)


@measured_per_case(tables.CURVATURE)
def _printed_deviation(rows: pd.DataFrame) -> Measurement | None:
    """sigma / |mu| of ORL on the whole matrix; the interval is the range over all rates."""
    if str(rows["dataset"].iloc[0]) != "orl":
        return None
    by_rate = {rate: abs(_signed_deviation(rows[rows["rate"] == rate])) for rate in sorted(rows["rate"].unique())}
    listed = ", ".join(f"{rate:g}: {value:.3g}" for rate, value in by_rate.items())
    how = f"(range over the rates; sigma/|mu| by rate {listed})"
    return Measurement(by_rate[max(by_rate)], min(by_rate.values()), max(by_rate.values()), how)


@measured_per_case(tables.TIMES)
def _printed_deviation_at_any_time(rows: pd.DataFrame) -> Measurement | None:
    """sigma / |mu| of ORL where it comes closest to the printed range at any time of the flow.

    Data that are c times as large reach after the same steps what these reach at c times the time.
    """
    if str(rows["dataset"].iloc[0]) != "orl":
        return None
    restarts = rows["restart"].nunique()
    by_time = rows.groupby("time").filter(lambda at: at["restart"].nunique() == restarts).groupby("time")["alpha"]
    deviations = (by_time.std(ddof=0) / by_time.mean().abs()).dropna()
    if deviations.empty:
        return None
    closest = int((deviations - float(np.mean(PRINTED_DEVIATIONS))).abs().argmin())
    factor = float(deviations.index[closest]) / rows["paper_time"].iloc[0]
    how = f"(closest of {len(deviations)} times, that of data which are {factor:.3g} times as large)"
    return exact(deviations.iloc[closest], how)


@measured_per_case(tables.TIMES)
def _negative_at_raw_scale(rows: pd.DataFrame) -> Measurement:
    """Segments with alpha < 0 at the recorded time that is closest to where the paper's steps lead on raw data.

    Data that are c times as large make every step c times as long on the flow of the scaled data.
    """
    raw_time = rows["raw_time"].iloc[0]
    of_last = [of_one[of_one["time"] == _closest(of_one["time"], raw_time)] for _, of_one in rows.groupby("restart")]
    alpha = pd.concat(of_last)["alpha"]
    how = f"(of {len(alpha)}, towards {len(of_last)} restarts at t = {raw_time:.3g}; smallest {alpha.min():.4g})"
    return exact((alpha < 0).sum(), how)


def _closest(times: pd.Series, wanted: float) -> float:
    return float(times.iloc[int((np.log(times) - np.log(wanted)).abs().argmin())])


@measured_per_case(tables.SCALES)
def _scale(rows: pd.DataFrame) -> Measurement | None:
    """Range of alpha when only the scale between the factors changes, over its size at the scale of descent."""
    by_scale = rows.groupby("scale")["alpha"].mean()
    if 1.0 not in by_scale.index:
        return None
    listed = ", ".join(f"{scale:g}: {alpha:.3g}" for scale, alpha in by_scale.items())
    return exact((by_scale.max() - by_scale.min()) / abs(by_scale[1.0]), f"(mean alpha by scale {listed})")


NEGATIVE = "segments with a negative second difference"
EXCEEDS = "segments on which the loss exceeds its chord"

CLAIMS = (
    dataset_claim(
        "nmf-figure-3",
        "caption of Figure 3, sentence 3",
        "The loss is convex on segments between two random points",
        NEGATIVE,
        at_most(0),
        _segments("random-random", has_negative_curvature),
    ),
    dataset_claim(
        "nmf-figure-3-chord",
        PROJECT,
        "Between two random points the loss stays below its chord",
        EXCEEDS,
        at_most(0),
        _segments("random-random", _exceeds_chord),
    ),
    dataset_claim(
        "nmf-figure-4",
        "caption of Figure 4, sentence 3",
        "The loss is convex on segments from random points to optima found from other starts",
        NEGATIVE,
        at_most(0),
        _segments("random-optimum", has_negative_curvature),
    ),
    dataset_claim(
        "nmf-figure-4-chord",
        "section 4.1, paragraph 2, sentence 9; Definition 1",
        "From random points to optima the loss stays below its chord",
        EXCEEDS,
        at_most(0),
        _segments("random-optimum", _exceeds_chord),
    ),
    dataset_claim(
        "nmf-alpha-positive",
        "section 4.2, sentence 9",
        "The curvature alpha of all optima from all random points is positive, at every rate",
        "segments with alpha < 0",
        at_most(0),
        _negative_alpha(),
    ),
    dataset_claim(
        "nmf-chord",
        "section 6, sentence 2; Definition 1",
        "From all random points to all optima the loss stays below its chord, at every rate",
        EXCEEDS,
        at_most(0),
        _chords_to_optima(),
    ),
    dataset_claim(
        "nmf-deviation-falls",
        "section 4.2, sentences 8 and 9; caption of Figure 5; caption of Figure 11",
        "The relative deviation sigma/mu of alpha around its positive mean falls with the size of the data",
        "Spearman's rho of sigma/mu against the rate; 1 where a mean is not positive",
        below(0),
        _deviation_falls(),
    ),
    dataset_claim(
        "nmf-figure-5-orl",
        "axis of Figure 5, ORL",
        "For ORL sigma/mu is 0.021 to 0.035",
        "sigma/|mu| at the largest rate",
        within(*PRINTED_DEVIATIONS),
        _printed_deviation(),
        "0.021, 0.028 and 0.035 on the axis",
        datasets=("orl",),
    ),
    dataset_claim(
        "nmf-figure-5-orl-any-scale",
        PROJECT,
        "With data of another scale, and so at another time of the flow, ORL has the sigma/mu of Figure 5",
        "the sigma/|mu| that is closest to the printed range",
        within(*PRINTED_DEVIATIONS),
        _printed_deviation_at_any_time(),
        datasets=("orl",),
        limit_reason="the labels of the axis of Figure 5, and half a step on either side",
    ),
    dataset_claim(
        "nmf-raw-scale",
        PROJECT,
        "If the data kept their raw scale, the curvature towards the end of the paper's steps would be positive",
        "segments with alpha < 0",
        at_most(0),
        _negative_at_raw_scale(),
    ),
    dataset_claim(
        "nmf-scale",
        PROJECT,
        "Curvature at an optimum does not depend on the scale between its factors",
        "range of the mean alpha over scales 1/4 to 4, over its size at scale 1",
        at_most(0.05),
        _scale(),
        limit_reason="a twentieth of alpha itself",
    ),
)
"""Every claim about NMF on datasets, in the paper's order."""
