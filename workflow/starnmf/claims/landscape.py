"""Claims of section 4 and Appendix C about NMF on datasets, measured for every dataset and regime
of a run.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from starnmf.claims.claim import (
    TOO_LITTLE,
    Claim,
    Criterion,
    Finding,
    Measurement,
    above,
    at_least,
    at_most,
    below,
    counted,
    within,
)
from starnmf.claims.results import Results, files_of
from starnmf.claims.statistics import mean, quantiles, rank_correlation, share
from starnmf.claims.theory import is_bent
from starnmf.datasets.registry import NAMES, published
from starnmf.datasets.tables import MATRICES
from starnmf.factorization.tables import RUNS
from starnmf.figures.relative_deviation import RESAMPLES
from starnmf.landscape import tables
from starnmf.results.table import Table
from starnmf.seeds import generator
from starnmf.statistics import crossed_moments

Array = npt.NDArray[np.float64]
Measure = Callable[[pd.DataFrame], Measurement | None]

PAPER_DATASETS = tuple(name for name in NAMES if published(name).in_table_1)

LIKE_OPTIMA = 1.01
"""A descent has converged when its loss is at most 1 % above that of optima."""

FLOW_FACTORS, FLOW_ALPHA = 2e-5, 1e-5
"""The flow stands for discrete steps when factors (relative) and curvatures are this close: float32
steps are not."""

LARGE_COSINE = 0.5
NARROW_COSINE_BAND, NARROW_ALPHA_BAND = 0.05, 0.1
"""Half a confidence band: of a cosine as it is, of alpha over its largest mean."""

LIKE_RANDOM = float(np.log(1.5))
"""Wasserstein distance of log(s / s_max): singular values like a random matrix's to a factor of 1.5
on average."""

LIKE_RANDOM_KS = 0.5


def _each_case(table: Table, measure: Measure, results: Results) -> Iterable[Finding]:
    """One row for each dataset and regime."""
    for dataset, regime, rows in results.cases(table):
        measurement = measure(rows)
        if measurement is not None:
            yield Finding(measurement, files_of(rows), regime, dataset, results.remark(dataset, regime))


def _shape(results: Results) -> Iterable[Finding]:
    for _, row in _matrices(results):
        paper = published(row["dataset"])
        found, printed = (row["n"], row["m"], row["rank"]), (*paper.shape, paper.rank)
        how = f"(found {tuple(map(int, found))}, printed {printed})"
        wrong = sum(int(one) != other for one, other in zip(found, printed, strict=True))
        yield Finding(counted(wrong, how), (row["file"],), dataset=row["dataset"])


def _density(results: Results) -> Iterable[Finding]:
    for _, row in _matrices(results):
        printed = published(row["dataset"]).density
        if printed is not None:
            off = counted(abs(row["density"] - printed), f"(found {row['density']:.6f}, printed {printed})")
            yield Finding(off, (row["file"],), dataset=row["dataset"])


def _matrices(results: Results) -> Iterable[tuple[object, pd.Series]]:
    """Matrices of published files: a stand-in has the shape it was asked for."""
    table = results[MATRICES]
    return table[(table["source"] != "stand-in") & table["dataset"].isin(PAPER_DATASETS)].iterrows()


def _variance(results: Results) -> Iterable[Finding]:
    for _, row in results[MATRICES].iterrows():
        off = counted(abs(row["variance"] - 1), f"(variance {row['variance']:.8f})")
        yield Finding(off, (row["file"],), dataset=row["dataset"], reason=results.remark(row["dataset"]))


def _start_means(results: Results) -> Iterable[Finding]:
    """Every regime starts alike; the rows of any of them tell."""
    runs = results[RUNS]
    for dataset, rows in runs[runs["rate"] == 1.0].groupby("dataset"):
        rows = rows[rows["regime"] == rows["regime"].iloc[0]]
        # Many datasets are looked at: a rare interval that misses by chance must not contradict the claim.
        ratio = mean(rows["start_mean"] / rows["mean"], "start", confidence=0.999)
        yield Finding(ratio, files_of(rows), dataset=str(dataset), reason=results.remark(str(dataset)))


def _as_low_as_optima(results: Results) -> Iterable[Finding]:
    runs = results[RUNS]
    whole = runs[runs["rate"] == 1.0]
    for dataset, rows in whole.groupby("dataset"):
        optima = rows[rows["regime"] == "converged"]
        for regime in ("literal", "published"):
            ends = rows[rows["regime"] == regime]
            if not optima.empty and not ends.empty:
                lowest = float(optima["loss"].mean())
                ratio = mean(ends["loss"] / lowest, "restart")
                how = f"{ratio.how}; mean loss {ends['loss'].mean():.4g} against {lowest:.4g} of optima"
                yield Finding(
                    Measurement(ratio.value, ratio.low, ratio.high, how),
                    files_of(pd.concat([optima, ends])),
                    regime,
                    str(dataset),
                    results.remark(str(dataset)),
                )


def _bent_lines(kind: str, rows: pd.DataFrame) -> Measurement | None:
    lines = [line for _, line in rows[rows["kind"] == kind].groupby("line")]
    return counted(sum(map(is_bent, lines)), f"(of {len(lines)} lines)") if lines else None


def _lines_above_chord(kind: str, rows: pd.DataFrame) -> Measurement | None:
    lines = [line.sort_values("lambda") for _, line in rows[rows["kind"] == kind].groupby("line")]
    higher = 0
    for line in lines:
        at, loss = line["lambda"].to_numpy(), line["loss"].to_numpy()
        chord = loss[0] + (loss[-1] - loss[0]) * (at - at[0]) / (at[-1] - at[0])
        higher += bool((loss - chord > 1e-9 * np.abs(loss).max()).any())
    return counted(higher, f"(of {len(lines)} lines)") if lines else None


def _negative(rows: pd.DataFrame) -> Measurement:
    return _hits(rows["alpha"] < 0, f"smallest {rows['alpha'].min():.4g}, mean {rows['alpha'].mean():.4g}")


def _above_chord(rows: pd.DataFrame) -> Measurement:
    return _hits(rows["chord_violation"] > 0, f"largest {rows['chord_violation'].max():.3g} of the loss's fall")


def _hits(hits: pd.Series, what: str) -> Measurement:
    """Cases counted, with the interval of the share that independent cases would have."""
    interval = share(int(hits.sum()), len(hits))
    return counted(
        int(hits.sum()), f"(of {len(hits)}; share {interval.low:.3g} to {interval.high:.3g}, 95 % Wilson; {what})"
    )


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


def _smallest_cosine(rows: pd.DataFrame) -> Measurement | None:
    cosine = rows["cosine"].dropna()
    return counted(float(cosine.min()), f"(of {len(cosine)} iterates)") if len(cosine) else None


def _typical_cosine(rows: pd.DataFrame) -> Measurement | None:
    """The mean over repetitions at the time where it is lowest."""
    cosines = rows.dropna(subset=["cosine"])
    if cosines.empty:
        return None
    by_time = cosines.groupby("time")["cosine"]
    complete = by_time.count() == cosines["repetition"].nunique()
    lowest = by_time.mean()[complete].idxmin()
    of_time = mean(by_time.get_group(lowest), "repetition")
    projected = cosines[cosines["time"] == lowest]["projected_cosine"].mean()
    how = f"{of_time.how} at t = {lowest:.3g}; {projected:.3g} of the projected gradient"
    return Measurement(of_time.value, of_time.low, of_time.high, how)


def _smallest_alpha(rows: pd.DataFrame) -> Measurement | None:
    alpha = rows["alpha"].dropna()
    below_zero = int((alpha < 0).sum())
    return counted(float(alpha.min()), f"(of {len(alpha)} iterates, {below_zero} below 0)") if len(alpha) else None


def _chord_on_the_way(rows: pd.DataFrame) -> Measurement | None:
    violation = rows["chord_violation"].dropna()
    return _hits(violation > 0, f"largest {violation.max():.3g} of the loss's fall") if len(violation) else None


def _band(column: str, rows: pd.DataFrame) -> Measurement | None:
    """Half the 95 % t-band at a typical time; that of alpha as a share of the largest mean on the
    way.
    """
    by_time = rows.dropna(subset=[column]).groupby("time")[column]
    table = pd.DataFrame({"mean": by_time.mean(), "sd": by_time.std(), "count": by_time.count()})
    table = table[table["count"] >= 2]
    if table.empty:
        return None
    half = stats.t.ppf(0.975, table["count"] - 1) * table["sd"] / np.sqrt(table["count"])
    width = half if column == "cosine" else half / table["mean"].abs().max()
    return counted(float(width.median()), f"(median of {len(table)} times; widest {width.max():.3g})")


def _spectra(factor: str, distance: str, results: Results) -> Iterable[Finding]:
    for dataset, regime, rows in results.cases(tables.SPECTRUM):
        found = rows[rows["factor"] == factor]
        distances = _distances(found, distance)
        if distances is not None:
            yield Finding(
                mean(distances, "repetition"), files_of(found), regime, dataset, results.remark(dataset, regime)
            )


def _distances(rows: pd.DataFrame, distance: str) -> Array | None:
    """Of every repetition, the distance of log(s / s_max) from the random matrix's, without s_max
    itself.
    """
    logs = rows.assign(
        log=np.log(rows["singular_value"] / rows.groupby(["matrix", "repetition"])["singular_value"].transform("max"))
    )
    logs = logs[(logs["index"] > 0) & np.isfinite(logs["log"])]
    of = {key: group["log"].to_numpy() for key, group in logs.groupby(["matrix", "repetition"])}
    both = [r for r in sorted(logs["repetition"].unique()) if ("optimum", r) in of and ("random", r) in of]
    if not both:
        return None
    measure = {
        "wasserstein": stats.wasserstein_distance,
        "kolmogorov-smirnov": lambda one, other: stats.ks_2samp(one, other, method="asymp").statistic,
    }[distance]
    return np.array([measure(of["optimum", r], of["random", r]) for r in both])


def _better_for_larger_ranks(results: Results) -> Iterable[Finding]:
    for regime in sorted(results[tables.SPECTRUM]["regime"].unique()):
        rows = results[tables.SPECTRUM]
        rows = rows[rows["regime"] == regime]
        ranks, distances = [], []
        for _, of_dataset in rows.groupby("dataset"):
            found = _distances(of_dataset[of_dataset["factor"] == "U"], "wasserstein")
            if found is not None:
                ranks.append(float(of_dataset["index"].max() + 1))
                distances.append(float(found.mean()))
        yield Finding(rank_correlation(ranks, distances, "dataset"), files_of(rows), str(regime), "all")


def _out_of_scope(results: Results) -> Iterable[Finding]:
    table = results[MATRICES]
    ratio = (table["rank"] / np.sqrt(table["n"])).set_axis(table["dataset"])
    listed = "r / sqrt(n): " + ", ".join(f"{dataset} {value:.2g}" for dataset, value in ratio.items())
    outside = counted(int((ratio < 1).sum()), f"(of {len(ratio)})")
    yield Finding(outside, files_of(table), dataset="all", reason=listed)


def _scale(rows: pd.DataFrame) -> Measurement | None:
    """How far alpha moves when only the scale between the factors does, over its size at the scale
    of descent.
    """
    by_scale = rows.groupby("scale")["alpha"].mean()
    if 1.0 not in by_scale.index:
        return None
    listed = ", ".join(f"{scale:g}: {alpha:.3g}" for scale, alpha in by_scale.items())
    return counted(float((by_scale.max() - by_scale.min()) / abs(by_scale[1.0])), f"(mean alpha by scale {listed})")


def _claim(
    name: str,
    where: str,
    statement: str,
    metric: str,
    criterion: Criterion,
    table: Table,
    measure: Callable[[Results], Iterable[Finding]],
    datasets: tuple[str, ...] = PAPER_DATASETS,
    paper_value: str = "",
    if_nothing: str = TOO_LITTLE,
) -> Claim:
    return Claim(f"nmf-{name}", where, statement, metric, criterion, table, measure, paper_value, datasets, if_nothing)


def _cases(table: Table, measure: Measure) -> Callable[[Results], Iterable[Finding]]:
    return partial(_each_case, table, measure)


def _distance_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    how = (
        f"(U {row['U_distance']:.2g}, V {row['V_distance']:.2g}; "
        f"loss {row['loss']:.8g} against {row['steps_loss']:.8g}; "
        f"{row['gradients']} gradients for {row['steps']} steps)"
    )
    return counted(float(max(row["U_distance"], row["V_distance"])), how)


def _alpha_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    return counted(float(row["alpha_distance"]), f"(mean {row['alpha']:.8g} against {row['steps_alpha']:.8g})")


NEGATIVE = "lines with alpha < 0"
ABOVE = "lines on which the loss rises above its chord"
STAND_INS = "the data are stand-ins, whose shape is configured"
OBSERVED = tuple(name for name in PAPER_DATASETS if published(name).density is not None)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "table-1-shape",
        "Table 1",
        "Shape and rank are (n, m, r)",
        "numbers of the three that differ",
        at_most(0),
        MATRICES,
        _shape,
        if_nothing=STAND_INS,
    ),
    _claim(
        "table-1-density",
        "Table 1",
        "Share of observed entries",
        "distance from the printed density",
        at_most(0.00005),
        MATRICES,
        _density,
        OBSERVED,
        if_nothing=STAND_INS,
    ),
    _claim(
        "rank-out-of-scope",
        "section 4.1",
        "Some datasets have ranks outside the scope of the theorem, r >= sqrt(n)",
        "datasets with r < sqrt(n)",
        at_least(1),
        MATRICES,
        _out_of_scope,
        (),
    ),
    _claim(
        "variance",
        "section 4.1",
        "Data are scaled so that the variance of observed entries is 1",
        "distance of the variance from 1",
        at_most(1e-5),
        MATRICES,
        _variance,
    ),
    _claim(
        "start-mean",
        "section 4.1",
        "The means of initialization and data match",
        "mean of U0 V0 over mean of X",
        within(0.95, 1.05),
        RUNS,
        _start_means,
    ),
    _claim(
        "published-converges",
        "section 4.1",
        "Learning rate 1e-7 and 1e4 steps give convergence for all datasets",
        "final loss over the mean loss of optima",
        at_most(LIKE_OPTIMA),
        RUNS,
        _as_low_as_optima,
    ),
    _claim(
        "flow-factors",
        "this project",
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the factors",
        "relative distance of the factors from those of float64 steps, the larger of U's and V's",
        at_most(FLOW_FACTORS),
        tables.STEPS,
        _cases(tables.STEPS, _distance_of_flow),
    ),
    _claim(
        "flow-alpha",
        "this project",
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the curvature",
        "largest difference of alpha from 20 random points, over the largest alpha",
        at_most(FLOW_ALPHA),
        tables.STEPS,
        _cases(tables.STEPS, _alpha_of_flow),
    ),
    _claim(
        "figure-3",
        "Figure 3",
        "Lines between two random points are convex",
        "lines with a negative second difference",
        at_most(0),
        tables.LINES,
        _cases(tables.LINES, partial(_bent_lines, "random-random")),
    ),
    _claim(
        "figure-3-chord",
        "Definition 1",
        "Between two random points the loss stays below its chord",
        ABOVE,
        at_most(0),
        tables.LINES,
        _cases(tables.LINES, partial(_lines_above_chord, "random-random")),
    ),
    _claim(
        "figure-4",
        "Figure 4",
        "Lines from random points to optima found from elsewhere are convex",
        "lines with a negative second difference",
        at_most(0),
        tables.LINES,
        _cases(tables.LINES, partial(_bent_lines, "random-optimum")),
    ),
    _claim(
        "figure-4-chord",
        "Definition 1",
        "From random points to optima the loss stays below its chord",
        ABOVE,
        at_most(0),
        tables.LINES,
        _cases(tables.LINES, partial(_lines_above_chord, "random-optimum")),
    ),
    _claim(
        "alpha-positive",
        "App. C",
        "The curvature alpha of all optima from all random points is positive, at every rate",
        NEGATIVE,
        at_most(0),
        tables.CURVATURE,
        _cases(tables.CURVATURE, _negative),
    ),
    _claim(
        "chord",
        "Definition 1",
        "From all random points to all optima the loss stays below its chord, at every rate",
        ABOVE,
        at_most(0),
        tables.CURVATURE,
        _cases(tables.CURVATURE, _above_chord),
    ),
    _claim(
        "deviation-falls",
        "Figures 5, 11",
        "The relative deviation sigma/mu of alpha falls with the size of the data",
        "Spearman's rho of sigma/|mu| against the rate",
        below(0),
        tables.CURVATURE,
        _cases(tables.CURVATURE, _deviation_falls),
    ),
    _claim(
        "cosine-positive",
        "Figures 6, 10",
        "The negative gradient points towards the end of its descent throughout",
        "smallest cosine on the way",
        above(0),
        tables.TRAJECTORY,
        _cases(tables.TRAJECTORY, _smallest_cosine),
    ),
    _claim(
        "cosine-large",
        "Figures 6, 10",
        "The cosine is large throughout training",
        "smallest mean cosine over the repetitions",
        at_least(LARGE_COSINE),
        tables.TRAJECTORY,
        _cases(tables.TRAJECTORY, _typical_cosine),
    ),
    _claim(
        "training-alpha",
        "Figures 6, 9",
        "The curvature towards the end of the descent is positive throughout",
        "smallest alpha on the way",
        above(0),
        tables.TRAJECTORY,
        _cases(tables.TRAJECTORY, _smallest_alpha),
    ),
    _claim(
        "training-chord",
        "Definition 1",
        "From every iterate to the end of its descent the loss stays below its chord",
        "iterates from which it rises above",
        at_most(0),
        tables.TRAJECTORY,
        _cases(tables.TRAJECTORY, _chord_on_the_way),
    ),
    _claim(
        "bands-cosine",
        "Figures 6, 10",
        "The confidence bands of the cosine are small",
        "half the 95 % band, median over times",
        at_most(NARROW_COSINE_BAND),
        tables.TRAJECTORY,
        _cases(tables.TRAJECTORY, partial(_band, "cosine")),
    ),
    _claim(
        "bands-alpha",
        "Figures 6, 9",
        "The confidence bands of the curvature are small",
        "half the 95 % band over the largest mean, median over times",
        at_most(NARROW_ALPHA_BAND),
        tables.TRAJECTORY,
        _cases(tables.TRAJECTORY, partial(_band, "alpha")),
    ),
    *(
        _claim(
            f"spectrum-{factor}-{distance}",
            figures,
            f"Singular values of {factor}* are like a random matrix's",
            f"{distance.title()} distance of log(s / s_max)",
            criterion,
            tables.SPECTRUM,
            partial(_spectra, factor, distance),
        )
        for factor, figures in (("U", "Figures 7, 12"), ("V", "Figure 13"))
        for distance, criterion in (
            ("wasserstein", at_most(LIKE_RANDOM)),
            ("kolmogorov-smirnov", at_most(LIKE_RANDOM_KS)),
        )
    ),
    _claim(
        "spectrum-rank",
        "Figures 12, 13",
        "The larger the rank, the more the spectra agree",
        "Spearman's rho of the Wasserstein distance of U against r",
        below(0),
        tables.SPECTRUM,
        _better_for_larger_ranks,
        (),
    ),
    _claim(
        "scale",
        "this project",
        "Curvature at an optimum does not depend on the scale between its factors",
        "range of the mean alpha over scales 1/4 to 4, over its size at scale 1",
        at_most(0.05),
        tables.SCALES,
        _cases(tables.SCALES, _scale),
    ),
)
"""Every claim about NMF on datasets, in the paper's order."""
