"""Claims of section 4 and Appendix C about the loss of NMF on datasets, for every dataset and regime of a run."""

from collections.abc import Callable, Iterable
from typing import Concatenate

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.claims.claim import (
    CHECK,
    PROJECT,
    Finding,
    Measure,
    Measurement,
    Parameters,
    above,
    at_least,
    at_most,
    below,
    exact,
    measured_on,
    within,
)
from starnmf.claims.datasets import dataset_claim
from starnmf.claims.statistics import mean, quantiles
from starnmf.claims.theory import has_negative_curvature
from starnmf.figures.relative_deviation import (
    RESAMPLES,
    by_subsample,
    moments_within,
    resampled_deviations,
    single_subsample,
)
from starnmf.landscape import tables
from starnmf.results.table import Table, rows_where
from starnmf.seeds import generator
from starnmf.statistics import effective_number, mean_interval, nested_moments, percentile_interval

Array = npt.NDArray[np.float64]

FLOW_FACTORS, FLOW_ALPHA = 2e-5, 1e-5
FLOAT32 = "closer than discrete steps in float32 are to those in float64"

LARGE_COSINE = 0.5
PRINTED_DEVIATIONS = (0.0175, 0.0385)
"""The range of Figure 5's axis for ORL: its labels 0.021, 0.028 and 0.035, and half a step on either side."""

NARROW_COSINE_BAND, NARROW_ALPHA_BAND = 0.05, 0.1
"""Half a confidence band: of a cosine as it is, of alpha over its largest mean."""


def measured_per_case(
    table: Table,
) -> Callable[[Callable[Concatenate[pd.DataFrame, Parameters], Measurement | None]], Callable[Parameters, Measure]]:
    """Decorate a function that measures the rows of one dataset and regime: one finding for each of them."""

    def decorate(
        function: Callable[Concatenate[pd.DataFrame, Parameters], Measurement | None],
    ) -> Callable[Parameters, Measure]:
        @measured_on(table)
        def of_cases(rows: pd.DataFrame, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Iterable[Finding]:
            for (dataset, regime), of_case in rows.groupby(["dataset", "regime"]):
                measurement = function(of_case, *args, **kwargs)
                if measurement is not None:
                    yield Finding(measurement, of_case, str(regime), str(dataset))

        return of_cases

    return decorate


@measured_per_case(tables.STEPS)
def _distance_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    how = (
        f"(U {row['U_distance']:.2g}, V {row['V_distance']:.2g}; "
        f"loss {row['loss']:.8g} against {row['steps_loss']:.8g}; "
        f"{row['gradients']} gradients for {row['steps']} steps)"
    )
    return exact(max(row["U_distance"], row["V_distance"]), how)


@measured_per_case(tables.STEPS)
def _alpha_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    return exact(row["alpha_distance"], f"(mean {row['alpha']:.8g} against {row['steps_alpha']:.8g})")


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
    """How many segments are hit, and the interval of their share: segments that share an optimum or a point are alike.

    Where none or all are hit, resampling knows no spread: the bound is the exact binomial one for as
    many independent segments as the mean alpha of these is worth.
    """
    random = generator(0, str(rows["dataset"].iloc[0]), str(rows["regime"].iloc[0]), "bootstrap of a share")
    count, hits, effective, resampled = len(rows), int(rows["hit"].sum()), 0.0, np.zeros(RESAMPLES)
    for _, of_rate in rows.groupby("rate"):
        effective += effective_number(by_subsample(of_rate))
        _, share = nested_moments(by_subsample(of_rate, "hit"), RESAMPLES, random)
        resampled += share * len(of_rate) / count
    low, high = percentile_interval(resampled)
    if hits in (0, count):
        low, high = (0.0, 1 - 0.025 ** (1 / effective)) if hits == 0 else (0.025 ** (1 / effective), 1.0)
    how = f"share {low:.3g} to {high:.3g} (95 %, subsamples, optima and points resampled)"
    return exact(hits, f"(of {count}, worth {effective:.0f} independent ones; {how}; {what})")


@measured_per_case(tables.TRAJECTORY)
def _chords_from_iterates(rows: pd.DataFrame) -> Measurement | None:
    rows = rows.dropna(subset=["chord_violation"])
    if rows.empty:
        return None
    exceeds = rows["chord_violation"] > 0
    descents, hit = rows["repetition"].nunique(), rows[exceeds]["repetition"].nunique()
    largest = f"largest {rows['chord_violation'].max():.3g} of the loss's fall"
    return exact(exceeds.sum(), f"(of {len(rows)}, in {hit} of {descents} independent descents; {largest})")


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


@measured_per_case(tables.TRAJECTORY)
def _smallest(rows: pd.DataFrame, column: str) -> Measurement | None:
    values = rows[column].dropna()
    how = f"(of {len(values)} iterates, {(values < 0).sum()} below 0)"
    return exact(values.min(), how) if len(values) else None


@measured_per_case(tables.TRAJECTORY)
def _typical_cosine(rows: pd.DataFrame) -> Measurement | None:
    """The mean over repetitions at the time where it is lowest."""
    cosines = rows.dropna(subset=["cosine"])
    if cosines.empty:
        return None
    by_time = cosines.groupby("time")["cosine"]
    complete = by_time.count() == cosines["repetition"].nunique()
    lowest = by_time.mean()[complete].idxmin()
    projected = cosines[cosines["time"] == lowest]["projected_cosine"].mean()
    return mean(by_time.get_group(lowest), "repetition").with_note(
        f" at t = {lowest:.3g}; {projected:.3g} of the projected gradient"
    )


@measured_per_case(tables.TRAJECTORY)
def _band(rows: pd.DataFrame, column: str, relative: bool = False) -> Measurement | None:
    """Half the 95 % t-band at a typical time; relative to the largest mean on the way if asked."""
    by_time = rows.dropna(subset=[column]).groupby("time")[column]
    bands = np.array([mean_interval(values) for _, values in by_time if len(values) > 1])
    if not len(bands):
        return None
    centre, _, high = bands.T
    width = (high - centre) / (np.abs(centre).max() if relative else 1)
    return exact(np.median(width), f"(median of {len(width)} times; widest {width.max():.3g})")


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
        "nmf-flow-factors",
        CHECK,
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the factors",
        "relative distance of the factors from those of float64 steps, the larger of U's and V's",
        at_most(FLOW_FACTORS),
        _distance_of_flow(),
        limit_reason=FLOAT32,
    ),
    dataset_claim(
        "nmf-flow-alpha",
        CHECK,
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the curvature",
        "largest difference of alpha from 20 random points, over the largest alpha",
        at_most(FLOW_ALPHA),
        _alpha_of_flow(),
        limit_reason=FLOAT32,
    ),
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
        "section 4.2, sentences 8 and 9; captions of Figures 5 and 11",
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
        "nmf-cosine-positive",
        "section 4.2, sentence 11",
        "The negative gradient points towards the end of its descent throughout",
        "smallest cosine on the way",
        above(0),
        _smallest("cosine"),
    ),
    dataset_claim(
        "nmf-cosine-large",
        "caption of Figure 6, sentence 2",
        "The cosine is large throughout training",
        "smallest mean cosine over the repetitions",
        at_least(LARGE_COSINE),
        _typical_cosine(),
        limit_reason="how large is not said; 0.5 is an angle of 60 degrees",
    ),
    dataset_claim(
        "nmf-training-alpha",
        "captions of Figures 6, sentence 4, and 9, sentence 2",
        "The curvature towards the end of the descent is positive throughout",
        "smallest alpha on the way",
        above(0),
        _smallest("alpha"),
    ),
    dataset_claim(
        "nmf-training-chord",
        "section 4.2, sentence 11; Definition 1",
        "From every iterate to the end of its descent the loss stays below its chord",
        "iterates from which it exceeds it",
        at_most(0),
        _chords_from_iterates(),
    ),
    dataset_claim(
        "nmf-bands-cosine",
        "caption of Figure 10, sentence 2",
        "The confidence bands of the cosine are small",
        "half the 95 % band, median over times",
        at_most(NARROW_COSINE_BAND),
        _band("cosine"),
        limit_reason="how small is not said; 0.05 is a twentieth of the range from 0 to 1",
    ),
    dataset_claim(
        "nmf-bands-alpha",
        "caption of Figure 9, sentence 3",
        "The confidence bands of the curvature are small",
        "half the 95 % band over the largest mean, median over times",
        at_most(NARROW_ALPHA_BAND),
        _band("alpha", relative=True),
        limit_reason="how small is not said; a tenth of the curve's largest mean",
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
