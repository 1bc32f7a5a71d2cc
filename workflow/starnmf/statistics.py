"""Confidence intervals and resampling that figures, tables and claims share."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from starnmf.arrays import Array

Z = float(ndtri(0.975))
"""Standard errors on either side of a normal 95 % interval."""


def proportion_interval(count: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a probability after `count` hits in `trials`."""
    share = count / trials
    centre = (share + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * np.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    # At no hit, and at nothing but hits, rounding would leave the bound beside 0 or 1.
    return (float(centre - half) if count else 0.0), (float(centre + half) if count < trials else 1.0)


def share_columns(name: str, hits: int, trials: int) -> dict[str, float]:
    """The columns `name`, `name_share`, `name_low` and `name_high`: hits, their share and its Wilson interval."""
    low, high = proportion_interval(hits, trials)
    return {name: hits, f"{name}_share": hits / trials, f"{name}_low": low, f"{name}_high": high}


def mean_interval(values: npt.ArrayLike, confidence: float = 0.95) -> tuple[Array, Array, Array]:
    """Mean over the last axis with its t-interval: mean, low and high; NaN bounds from a single value."""
    numbers = np.asarray(values, dtype=np.float64)
    count, mean = numbers.shape[-1], np.asarray(numbers.mean(axis=-1))
    half = np.full_like(mean, np.nan)
    if count > 1:
        half = stdtrit(count - 1, (1 + confidence) / 2) * numbers.std(axis=-1, ddof=1) / np.sqrt(count)
    return mean, mean - half, mean + half


def crossed_resamples(rows: int, columns: int, resamples: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Weights of bootstrap resamples where two factors are crossed, such as optima and random points.

    Values that share a row or a column are not independent: a resample draws rows and, independently,
    columns, each with replacement, and takes every pair of them.

    Returns
    -------
    of_rows : (resamples, rows)
    of_columns : (resamples, columns)
        Each sums to 1 along its last axis.
    """
    of_rows = random.multinomial(rows, np.full(rows, 1 / rows), resamples) / rows
    of_columns = random.multinomial(columns, np.full(columns, 1 / columns), resamples) / columns
    return of_rows, of_columns


def resampled_pair_means(values: Array, resamples: int, random: np.random.Generator) -> Array:
    """Means over every two of k things, such as restarts, of bootstrap resamples of the things.

    Pairs that share a thing are not independent: a resample draws k things with replacement and takes every two of
    those drawn that are not the same thing. Resamples that drew one thing alone are left out.

    Parameters
    ----------
    values : (k, k)
        Symmetric; the diagonal is not used.
    """
    k = len(values)
    drawn = random.multinomial(k, np.full(k, 1 / k), resamples).astype(np.float64)
    between = np.where(np.eye(k, dtype=bool), 0.0, values)
    pairs = np.square(drawn.sum(axis=1)) - np.square(drawn).sum(axis=1)
    sums = np.einsum("bi,bi->b", drawn @ between, drawn)
    return np.asarray(sums[pairs > 0] / pairs[pairs > 0])


def crossed_moments(values: Array, resamples: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Standard deviation and mean of crossed bootstrap resamples of values (rows, columns)."""
    rows, columns = values.shape
    of_rows, of_columns = crossed_resamples(rows, columns, resamples, random)
    # Centred first: sigma may be far below mu.
    centre = values.mean()
    first = np.einsum("br,br->b", of_rows, of_columns @ (values - centre).T)
    second = np.einsum("br,br->b", of_rows, of_columns @ np.square(values - centre).T)
    return np.sqrt(np.maximum(second - first**2, 0)), centre + first


def crossed_contrast(groups: Sequence[Array], weights: Sequence[float]) -> tuple[float, float, float]:
    """Weighted sum of the means of independent groups of crossed values, with its 95 % t-interval: value, low, high.

    Rows and columns of a group (rows, columns) are random and independent. The variance of its mean
    is estimated by that of its row means over their number plus the same of its columns, which
    counts their interaction twice and is not too small; the degrees of freedom are Satterthwaite's.
    Bounds are NaN where a group has a single row or column.
    """
    value = float(sum(weight * group.mean() for group, weight in zip(groups, weights, strict=True)))
    if min(min(group.shape) for group in groups) < 2:
        return value, float("nan"), float("nan")
    means = [(group.mean(axis), weight) for group, weight in zip(groups, weights, strict=True) for axis in (1, 0)]
    variances = np.array([weight**2 * of_group.var(ddof=1) / len(of_group) for of_group, weight in means])
    if not variances.any():
        return value, value, value
    freedom = variances.sum() ** 2 / sum(
        variance**2 / (len(of_group) - 1) for variance, (of_group, _) in zip(variances, means, strict=True)
    )
    half = float(stdtrit(freedom, 0.975) * np.sqrt(variances.sum()))
    return value, value - half, value + half


def nested_moments(groups: Sequence[Array], resamples: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Moments within groups, such as subsamples, in each of which two factors are crossed: bootstrap resamples.

    A resample draws groups with replacement and then, in every group that it has drawn, rows and
    columns as in `crossed_resamples`. It draws one group fewer than there are: the variance of a
    resampled mean is then, without bias, that of the mean over groups (Rao and Wu 1988), of which a
    resample of all of them would have 4/5 for five groups and half for two. A single group is all
    that is known: its rows and columns alone are resampled.

    Few groups remain few: where their means vary by a third of the mean and 100 rows are shared out
    over them, 95 % intervals of deviation over mean hold the truth in 92 % of 200 simulated cases with
    five groups, 87 % with four, 80 % with two and 33 % with one; resamples of all groups, 89, 81 and 69 %.

    Parameters
    ----------
    groups
        Values (rows, columns) of each group.

    Returns
    -------
    deviation : (resamples,)
        Root of the mean variance within groups.
    mean : (resamples,)
        Mean over groups of their means.
    """
    if len(groups) == 1:
        return crossed_moments(groups[0], resamples, random)
    variance, mean = np.zeros(resamples), np.zeros(resamples)
    drawn = random.integers(len(groups), size=(len(groups) - 1, resamples))
    for of_draw in drawn:
        for number, values in enumerate(groups):
            at = np.flatnonzero(of_draw == number)
            deviation_within, mean_within = crossed_moments(values, len(at), random)
            variance[at] += np.square(deviation_within)
            mean[at] += mean_within
    return np.sqrt(variance / len(drawn)), mean / len(drawn)


def effective_number(groups: Sequence[Array]) -> float:
    """Number of independent values whose mean would vary as much as that of groups of crossed values.

    Analysis of variance of two crossed random factors with one value in each cell: the mean over rows
    and columns has the variance (MS_rows + MS_columns - MS_rest) / (rows * columns) (Searle, Casella
    and McCulloch 1992, section 4.4); what the means of groups vary by beyond that is the variance
    between groups. The number is at least 1 and at most that of the values.

    Parameters
    ----------
    groups
        Values (rows, columns) of each group, such as a subsample; of a single one, nothing is known of
        the variance between groups.
    """
    count, size = len(groups), sum(values.size for values in groups)
    total, of_mean = np.mean([_crossed_variances(values) for values in groups], axis=0)
    if count > 1:
        between = max(float(np.var([values.mean() for values in groups], ddof=1)) - of_mean, 0.0)
        total, of_mean = total + between, (of_mean + between) / count
    return float(np.clip(total / of_mean, 1, size)) if of_mean > 0 else float(size)


def _crossed_variances(values: Array) -> tuple[float, float]:
    """The variance of crossed values (rows, columns), and that of their mean."""
    rows, columns = values.shape
    if min(rows, columns) < 2 or not np.ptp(values) > 0:
        variance = float(values.var(ddof=1)) if values.size > 1 else 0.0
        return variance, variance / values.size
    of_rows, of_columns = values.mean(axis=1), values.mean(axis=0)
    rest = values - of_rows[:, None] - of_columns + values.mean()
    residual = float(np.square(rest).sum() / ((rows - 1) * (columns - 1)))
    mean_squares = np.array([columns * of_rows.var(ddof=1), rows * of_columns.var(ddof=1)])
    components = np.maximum(mean_squares - residual, 0) / (columns, rows)
    of_mean = float((components / (rows, columns)).sum() + residual / (rows * columns))
    return float(components.sum() + residual), of_mean


def percentile_interval(resampled: Array) -> tuple[float, float]:
    """The 95 % percentile interval of resampled values, of which some may be infinite."""
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)
