"""Claims of section 4 and Appendix C about the loss of NMF on datasets, for every dataset and regime of a run."""

from collections.abc import Callable, Iterable
from typing import Concatenate

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

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
)
from starnmf.claims.datasets import dataset_claim
from starnmf.claims.statistics import mean, quantiles, rank_correlation, share
from starnmf.claims.theory import has_negative_curvature
from starnmf.figures.relative_deviation import RESAMPLES
from starnmf.landscape import tables
from starnmf.results.table import Table, rows_where
from starnmf.seeds import generator
from starnmf.statistics import crossed_moments, mean_interval

Array = npt.NDArray[np.float64]

FLOW_FACTORS, FLOW_ALPHA = 2e-5, 1e-5
"""The flow agrees with discrete steps when factors (relative) and curvatures are this close: float32
steps are not."""

LARGE_COSINE = 0.5
NARROW_COSINE_BAND, NARROW_ALPHA_BAND = 0.05, 0.1
"""Half a confidence band: of a cosine as it is, of alpha over its largest mean."""

LIKE_RANDOM = float(np.log(1.5))
"""Wasserstein distance of log(s / s_max): singular values like a random matrix's to a factor of 1.5
on average."""

LIKE_RANDOM_KS = 0.5


def _measured_per_case(
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


@_measured_per_case(tables.STEPS)
def _distance_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    how = (
        f"(U {row['U_distance']:.2g}, V {row['V_distance']:.2g}; "
        f"loss {row['loss']:.8g} against {row['steps_loss']:.8g}; "
        f"{row['gradients']} gradients for {row['steps']} steps)"
    )
    return exact(max(row["U_distance"], row["V_distance"]), how)


@_measured_per_case(tables.STEPS)
def _alpha_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    return exact(row["alpha_distance"], f"(mean {row['alpha']:.8g} against {row['steps_alpha']:.8g})")


@_measured_per_case(tables.LINES)
def _segments(rows: pd.DataFrame, kind: str, violates: Callable[[pd.DataFrame], bool]) -> Measurement | None:
    segments = [segment for _, segment in rows_where(rows, kind=kind).groupby("line")]
    return exact(sum(map(violates, segments)), f"(of {len(segments)} segments)") if segments else None


def _exceeds_chord(segment: pd.DataFrame) -> bool:
    at, loss = segment.sort_values("lambda")[["lambda", "loss"]].to_numpy().T
    chord = loss[0] + (loss[-1] - loss[0]) * (at - at[0]) / (at[-1] - at[0])
    return bool((loss - chord > 1e-9 * np.abs(loss).max()).any())


@_measured_per_case(tables.CURVATURE)
def _negative_alpha(rows: pd.DataFrame) -> Measurement:
    return _hits(rows["alpha"] < 0, f"smallest {rows['alpha'].min():.4g}, mean {rows['alpha'].mean():.4g}")


def _chord_violations(rows: pd.DataFrame) -> Measurement | None:
    violation = rows["chord_violation"].dropna()
    return _hits(violation > 0, f"largest {violation.max():.3g} of the loss's fall") if len(violation) else None


_chords_to_optima = _measured_per_case(tables.CURVATURE)(_chord_violations)
_chords_from_iterates = _measured_per_case(tables.TRAJECTORY)(_chord_violations)


def _hits(hits: pd.Series, what: str) -> Measurement:
    """A number of cases, with the interval of the share that independent cases would have."""
    interval = share(int(hits.sum()), len(hits))
    bounds = f"share {interval.low:.3g} to {interval.high:.3g}, 95 % Wilson"
    return exact(hits.sum(), f"(of {len(hits)}; {bounds}; {what})")


@_measured_per_case(tables.CURVATURE)
def _deviation_falls(rows: pd.DataFrame) -> Measurement | None:
    """Spearman's rho of sigma / |mu| against the rate, bootstrapped over optima and points."""
    rates = sorted(rows["rate"].unique())
    if len(rates) < 2:
        return None
    random = generator(0, str(rows["dataset"].iloc[0]), str(rows["regime"].iloc[0]), "bootstrap of the fall")
    curves = [_deviations(rows[rows["rate"] == rate], random) for rate in rates]
    values = np.array([curve[0] for curve in curves])
    resampled = np.stack([curve[1] for curve in curves], axis=1)
    ranks = np.argsort(np.argsort(resampled, axis=1), axis=1)
    # Spearman's formula for ranks without ties.
    apart = np.square(ranks - np.arange(len(rates))).sum(axis=1)
    rho = 1 - 6 * apart / (len(rates) * (len(rates) ** 2 - 1))
    by_rate = ", ".join(f"{rate:g}: {value:.3g}" for rate, value in zip(rates, values, strict=True))
    # A mean below 0 is far from 0 all the same: its size, not its sign, is what the deviation is relative to.
    return quantiles(
        float(stats.spearmanr(rates, values).statistic), rho, f"optima and points; sigma/|mu| by rate {by_rate}"
    )


def _deviations(rows: pd.DataFrame, random: np.random.Generator) -> tuple[float, Array]:
    """sigma / |mu| of one rate, and of its resamples."""
    alpha = rows.pivot(index="optimum", columns="point", values="alpha").to_numpy(dtype=np.float64)
    deviation, centre = crossed_moments(alpha, RESAMPLES, random)
    return float(alpha.std() / abs(alpha.mean())), deviation / np.abs(centre)


@_measured_per_case(tables.TRAJECTORY)
def _smallest(rows: pd.DataFrame, column: str) -> Measurement | None:
    values = rows[column].dropna()
    how = f"(of {len(values)} iterates, {(values < 0).sum()} below 0)"
    return exact(values.min(), how) if len(values) else None


@_measured_per_case(tables.TRAJECTORY)
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


@_measured_per_case(tables.TRAJECTORY)
def _band(rows: pd.DataFrame, column: str, relative: bool = False) -> Measurement | None:
    """Half the 95 % t-band at a typical time; relative to the largest mean on the way if asked."""
    by_time = rows.dropna(subset=[column]).groupby("time")[column]
    bands = np.array([mean_interval(values) for _, values in by_time if len(values) > 1])
    if not len(bands):
        return None
    centre, _, high = bands.T
    width = (high - centre) / (np.abs(centre).max() if relative else 1)
    return exact(np.median(width), f"(median of {len(width)} times; widest {width.max():.3g})")


DISTANCES: dict[str, Callable[[Array, Array], float]] = {
    "wasserstein": stats.wasserstein_distance,
    "kolmogorov-smirnov": lambda one, other: stats.ks_2samp(one, other, method="asymp").statistic,
}


@_measured_per_case(tables.SPECTRUM)
def _spectra(rows: pd.DataFrame, factor: str, distance: str) -> Measurement | None:
    distances = _distances(rows_where(rows, factor=factor), distance)
    return mean(distances, "repetition") if len(distances) else None


def _distances(rows: pd.DataFrame, distance: str) -> Array:
    """Distance of log(s / s_max) from the random matrix's in every repetition, without s_max itself."""
    largest = rows.groupby(["matrix", "repetition"])["singular_value"].transform("max")
    logs = rows.assign(log=np.log(rows["singular_value"] / largest))
    logs = logs[(logs["index"] > 0) & np.isfinite(logs["log"])]
    of = {key: group["log"].to_numpy() for key, group in logs.groupby(["matrix", "repetition"])}
    repetitions = sorted(logs["repetition"].unique())
    both = [(of["optimum", r], of["random", r]) for r in repetitions if {("optimum", r), ("random", r)} <= of.keys()]
    return np.array([DISTANCES[distance](optimum, random) for optimum, random in both])


@measured_on(tables.SPECTRUM)
def _better_for_larger_ranks(table: pd.DataFrame) -> Iterable[Finding]:
    for regime, rows in table.groupby("regime"):
        ranks, distances = [], []
        for _, of_dataset in rows.groupby("dataset"):
            found = _distances(rows_where(of_dataset, factor="U"), "wasserstein")
            if len(found):
                ranks.append(float(of_dataset["index"].max() + 1))
                distances.append(float(found.mean()))
        yield Finding(rank_correlation(ranks, distances, "dataset"), rows, str(regime))


@_measured_per_case(tables.SCALES)
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
    ),
    dataset_claim(
        "nmf-flow-alpha",
        CHECK,
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the curvature",
        "largest difference of alpha from 20 random points, over the largest alpha",
        at_most(FLOW_ALPHA),
        _alpha_of_flow(),
    ),
    dataset_claim(
        "nmf-figure-3",
        "Figure 3",
        "The loss is convex on segments between two random points",
        NEGATIVE,
        at_most(0),
        _segments("random-random", has_negative_curvature),
    ),
    dataset_claim(
        "nmf-figure-3-chord",
        "Definition 1",
        "Between two random points the loss stays below its chord",
        EXCEEDS,
        at_most(0),
        _segments("random-random", _exceeds_chord),
    ),
    dataset_claim(
        "nmf-figure-4",
        "Figure 4",
        "The loss is convex on segments from random points to optima found from other starts",
        NEGATIVE,
        at_most(0),
        _segments("random-optimum", has_negative_curvature),
    ),
    dataset_claim(
        "nmf-figure-4-chord",
        "Definition 1",
        "From random points to optima the loss stays below its chord",
        EXCEEDS,
        at_most(0),
        _segments("random-optimum", _exceeds_chord),
    ),
    dataset_claim(
        "nmf-alpha-positive",
        "App. C",
        "The curvature alpha of all optima from all random points is positive, at every rate",
        "segments with alpha < 0",
        at_most(0),
        _negative_alpha(),
    ),
    dataset_claim(
        "nmf-chord",
        "Definition 1",
        "From all random points to all optima the loss stays below its chord, at every rate",
        EXCEEDS,
        at_most(0),
        _chords_to_optima(),
    ),
    dataset_claim(
        "nmf-deviation-falls",
        "Figures 5, 11",
        "The relative deviation sigma/mu of alpha falls with the size of the data",
        "Spearman's rho of sigma/|mu| against the rate",
        below(0),
        _deviation_falls(),
    ),
    dataset_claim(
        "nmf-cosine-positive",
        "Figures 6, 10",
        "The negative gradient points towards the end of its descent throughout",
        "smallest cosine on the way",
        above(0),
        _smallest("cosine"),
    ),
    dataset_claim(
        "nmf-cosine-large",
        "Figures 6, 10",
        "The cosine is large throughout training",
        "smallest mean cosine over the repetitions",
        at_least(LARGE_COSINE),
        _typical_cosine(),
    ),
    dataset_claim(
        "nmf-training-alpha",
        "Figures 6, 9",
        "The curvature towards the end of the descent is positive throughout",
        "smallest alpha on the way",
        above(0),
        _smallest("alpha"),
    ),
    dataset_claim(
        "nmf-training-chord",
        "Definition 1",
        "From every iterate to the end of its descent the loss stays below its chord",
        "iterates from which it exceeds it",
        at_most(0),
        _chords_from_iterates(),
    ),
    dataset_claim(
        "nmf-bands-cosine",
        "Figures 6, 10",
        "The confidence bands of the cosine are small",
        "half the 95 % band, median over times",
        at_most(NARROW_COSINE_BAND),
        _band("cosine"),
    ),
    dataset_claim(
        "nmf-bands-alpha",
        "Figures 6, 9",
        "The confidence bands of the curvature are small",
        "half the 95 % band over the largest mean, median over times",
        at_most(NARROW_ALPHA_BAND),
        _band("alpha", relative=True),
    ),
    *(
        dataset_claim(
            f"nmf-spectrum-{factor}-{distance}",
            figures,
            f"Singular values of {factor}* are like a random matrix's",
            f"{distance.title()} distance of log(s / s_max)",
            criterion,
            _spectra(factor, distance),
        )
        for factor, figures in (("U", "Figures 7, 12"), ("V", "Figure 13"))
        for distance, criterion in (
            ("wasserstein", at_most(LIKE_RANDOM)),
            ("kolmogorov-smirnov", at_most(LIKE_RANDOM_KS)),
        )
    ),
    dataset_claim(
        "nmf-spectrum-rank",
        "Figures 12, 13",
        "The larger the rank, the more the spectra agree",
        "Spearman's rho of the Wasserstein distance of U against r",
        below(0),
        _better_for_larger_ranks(),
        datasets=(),
    ),
    dataset_claim(
        "nmf-scale",
        PROJECT,
        "Curvature at an optimum does not depend on the scale between its factors",
        "range of the mean alpha over scales 1/4 to 4, over its size at scale 1",
        at_most(0.05),
        _scale(),
    ),
)
"""Every claim about NMF on datasets, in the paper's order."""
