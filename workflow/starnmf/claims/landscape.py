"""Claims of section 4 and Appendix C about the loss of NMF on datasets, for every dataset and regime of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.claims.claim import PROJECT, Measurement, at_most, below, exact, within
from starnmf.claims.datasets import (
    bounded_if_converged,
    case_of,
    dataset_claim,
    ends_that_count,
    measured_per_case,
    number_of,
)
from starnmf.claims.statistics import newcombe, quantiles
from starnmf.claims.theory import NEGATIVE, has_negative_curvature
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

Condition = Callable[[pd.DataFrame], pd.Series]
"""Which rows of a table of segments meet it."""

PRINTED_DEVIATIONS = (0.0175, 0.0385)
"""The range of Figure 5's axis for ORL: its labels 0.021, 0.028 and 0.035, and half a step on either side."""


@measured_per_case(tables.LINES)
def _segments(rows: pd.DataFrame, kind: str, violates: Callable[[pd.DataFrame], bool]) -> Measurement | None:
    """How many segments of a kind violate a condition."""
    segments = rows_where(rows, kind=kind)
    if segments.empty:
        return None
    hits = pd.Series({line: violates(segment) for line, segment in segments.groupby("line")})
    if kind == "random-random":
        return exact(hits.sum(), f"(of {len(hits)} segments)")
    counts = ends_that_count(segments).groupby(segments["line"]).all()
    return number_of(hits, counts, f"of {len(hits)} segments")


def _exceeds_chord(segment: pd.DataFrame) -> bool:
    at, loss = segment.sort_values("lambda")[["lambda", "loss"]].to_numpy().T
    chord = loss[0] + (loss[-1] - loss[0]) * (at - at[0]) / (at[-1] - at[0])
    return bool((loss - chord > 1e-9 * np.abs(loss).max()).any())


@measured_per_case(tables.CURVATURE)
def _negative_alpha(rows: pd.DataFrame) -> Measurement:
    what = f"smallest {rows['alpha'].min():.4g}, mean {rows['alpha'].mean():.4g}"
    return _segments_hit(rows, is_negative, what)


@measured_per_case(tables.CURVATURE)
def _chords_to_optima(rows: pd.DataFrame) -> Measurement:
    violation = rows["chord_violation"]
    return _segments_hit(rows, is_above_chord, f"largest {violation.max():.3g} of the loss's fall")


def is_negative(segments: pd.DataFrame) -> pd.Series:
    """Whether alpha is below 0 on each segment, by the column `alpha`."""
    return segments["alpha"] < 0


def is_above_chord(segments: pd.DataFrame) -> pd.Series:
    """Whether the loss exceeds its chord on each segment, by the column `chord_violation`."""
    return segments["chord_violation"] > 0


def _segments_hit(rows: pd.DataFrame, is_hit: Condition, what: str) -> Measurement:
    """How many segments meet a condition, with the interval of their share."""
    found = share_of_segments(rows, is_hit)
    share = f"share {found.low:.3g} to {found.high:.3g} (95 %, subsamples, optima and points resampled)"
    how = f"of {found.count}, worth {found.effective:.0f} independent ones; {share}; {what}"
    return number_of(is_hit(rows), ends_that_count(rows), how)


@dataclass(frozen=True)
class ShareOfSegments:
    """How many of the segments from random points to optima meet a condition."""

    hits: int
    count: int
    effective: float
    """As how many independent segments their mean alpha counts."""
    low: float
    high: float
    """Ends of the 95 % interval of the share."""

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.count


def share_of_segments(rows: pd.DataFrame, is_hit: Condition) -> ShareOfSegments:
    """The share of segments that meet a condition, with its interval.

    Segments that share an optimum or a point are alike: subsamples, optima and points are resampled.
    Where none or all are hit, resampling knows no spread: the bound is the exact binomial one for as
    many independent segments as the mean alpha of these is worth.

    Parameters
    ----------
    rows
        Rows of `CURVATURE` of one dataset and regime.
    is_hit
        The condition, such as `is_negative`.
    """
    rows = rows.assign(hit=is_hit(rows))
    random = generator(0, *case_of(rows), "bootstrap of a share")
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
def _rarer(rows: pd.DataFrame, is_hit: Condition) -> Measurement | None:
    """Share of segments that meet a condition at the largest rate less that at the smallest; none where none does.

    The interval is Newcombe's, from those of both shares.
    """
    if rows["rate"].nunique() < 2 or not is_hit(rows).any():
        return None
    shares = {rate: share_of_segments(rows[rows["rate"] == rate], is_hit) for rate in sorted(rows["rate"].unique())}
    smallest, largest = shares[min(shares)], shares[max(shares)]
    how = "share by rate " + ", ".join(f"{rate:g}: {found.value:.3g}" for rate, found in shares.items())
    return bounded_if_converged(rows, newcombe(largest, smallest, f"(95 % Newcombe interval; {how})"))


@measured_per_case(tables.CURVATURE)
def _deviation_falls(rows: pd.DataFrame) -> Measurement | None:
    rates = _by_rate(rows)
    if len(rates) < 2:
        return None
    measured = bounded_if_converged(rows, fall_of_deviations(rates, "rate", *case_of(rows)))
    said = single_subsample(rows)
    return measured.with_note(f"; {said}") if said else measured


def _by_rate(rows: pd.DataFrame) -> dict[float, list[Array]]:
    """Alpha (optima, points) of the subsamples of every rate."""
    return {rate: by_subsample(rows[rows["rate"] == rate]) for rate in sorted(rows["rate"].unique())}


def fall_of_deviations(groups: Mapping[float, Sequence[Array]], by: str, dataset: str, regime: str) -> Measurement:
    """Spearman's rho of sigma / mu against the order of groups, bootstrapped over subsamples, optima and points.

    It is 1 where a mean is not positive: alpha does not concentrate around a positive mean then.

    Parameters
    ----------
    groups
        In their order, alpha (optima, points) of the subsamples of each.
    by
        What tells groups apart.
    dataset, regime
        From these the draws follow.
    """
    random = generator(0, dataset, regime, "bootstrap of the fall")
    values, resampled = zip(*(resampled_deviations(group, random) for group in groups.values()), strict=True)
    listed = ", ".join(f"{name:g}: {_signed_deviation(group):.3g}" for name, group in groups.items())
    how = f"subsamples, optima and points; sigma/mu by {by} {listed}"
    rho = float(_rank_correlations(np.array([values]))[0])
    return quantiles(rho, _rank_correlations(np.stack(resampled, axis=1)), how)


def _signed_deviation(subsamples: Sequence[Array]) -> float:
    """sigma / mu, negative where the mean is."""
    sigma, mu = moments_within(subsamples)
    return sigma / mu if mu else np.inf


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
    by_rate = {rate: abs(_signed_deviation(subsamples)) for rate, subsamples in _by_rate(rows).items()}
    listed = ", ".join(f"{rate:g}: {value:.3g}" for rate, value in by_rate.items())
    how = f"(range over the rates; sigma/|mu| by rate {listed})"
    return Measurement(by_rate[max(by_rate)], min(by_rate.values()), max(by_rate.values()), how)


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
    measured = exact((by_scale.max() - by_scale.min()) / abs(by_scale[1.0]), f"(mean alpha by scale {listed})")
    return bounded_if_converged(rows, measured)


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
    *(
        dataset_claim(
            f"nmf-size-{name}",
            where,
            f"The larger the data, the rarer are {what}",
            "share of such segments at the largest rate less that at the smallest",
            below(0),
            _rarer(is_hit),
            if_nothing="at no rate is there such a segment, or there is one rate alone",
        )
        for name, where, what, is_hit in (
            ("chord", "section 4.2, sentences 1 and 2; Definition 1", EXCEEDS, is_above_chord),
            ("negative", PROJECT, "segments with alpha < 0", is_negative),
        )
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
