"""What was found about one matrix: the questions of its user, answered from result tables as a page to read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from starnmf.choices import Regime
from starnmf.claims.beyond import LOW, share_of_pairs
from starnmf.claims.datasets import ends_that_count
from starnmf.claims.landscape import ShareOfSegments, is_above_chord, is_negative, share_of_segments
from starnmf.factorization.tables import RUNS
from starnmf.figures.provenance import display_name, origins
from starnmf.landscape.tables import CURVATURE, RANKS
from starnmf.markdown import markdown_table
from starnmf.optima.tables import EQUIVALENT, PAIRS
from starnmf.rank_choice.choice import CONFIDENCE, NEAR, near_in_words, restarts_enough, restarts_near
from starnmf.results.atomic import write_atomically
from starnmf.statistics import proportion_interval

TOWARDS = {
    Regime.LITERAL: "where the paper's text ends its descent",
    Regime.PUBLISHED: "where the paper's 10,000 steps end",
    Regime.CONVERGED: "where descents have converged",
}
"""Ends of descents, by regime."""


def write_matrix_page(
    curvature: Sequence[Path], ranks: Sequence[Path], pairs: Sequence[Path], runs: Sequence[Path], output: Path
) -> None:
    """Write what was found about one matrix as Markdown.

    Parameters
    ----------
    curvature, ranks, pairs, runs
        The tables `CURVATURE`, `RANKS`, `PAIRS` and `RUNS` of one dataset, of every regime, at rate 1.0.
    output
        The page to write.

    Raises
    ------
    InputError
        If a file is not such a table.
    """
    summaries = RUNS.read(runs)
    first = summaries.iloc[0]
    parts = [
        f"# {display_name(str(first['dataset']))}: what was found",
        f"A {first['n']:,} x {first['m']:,} matrix with {first['observed']:,} observed entries, factorized with rank "
        f"{first['rank']}; data: {origins(runs)}. Everything is measured on the factors of {len(_ends(summaries))} "
        "restarts and on segments to them from random points. Segments that share an end or a point are not "
        "independent: the 95 % intervals are those of fewer, independent segments that tell as much.",
        "## Is the loss star-convex, and towards what?",
        *_convexity(CURVATURE.read(curvature), summaries),
        "## At which rank?",
        *_ranks(RANKS.read(ranks)),
        "## How many restarts are enough?",
        *_restarts(summaries),
        "## Are the restarts one solution?",
        *_solutions(PAIRS.read(pairs), _ends(summaries)),
    ]
    write_atomically(output, "\n\n".join(parts) + "\n")


def _convexity(segments: pd.DataFrame, summaries: pd.DataFrame) -> Iterator[str]:
    """An answer for every regime, and a table of them."""
    rows, lowest = [], float(summaries["loss"].min())
    for regime, of_regime in _by_regime(segments):
        down = share_of_segments(of_regime, is_negative)
        above = share_of_segments(of_regime, is_above_chord)
        ends = summaries[summaries["regime"] == regime]
        loss = float(ends["loss"].min())
        answer = f"{_answer(down, above)}{_stopped(ends)}"
        yield f"Towards the factors {TOWARDS[regime]} (`{regime}`{_far(loss, lowest)}): {answer}"
        alpha = of_regime["alpha"]
        rows.append([f"`{regime}`", _percent(down), _percent(above), f"{alpha.mean():.3g}", f"{alpha.min():.3g}"])
    heads = ["towards", "curve downwards somewhere", "exceed their chord", "mean alpha", "smallest alpha"]
    yield markdown_table(heads, rows)
    changes = summaries.loc[summaries["regime"] == Regime.CONVERGED, "alpha_change"].abs()
    if len(changes):
        yield (
            "Over the last doubling of a descent's time, the mean alpha towards where it was changed by at most "
            f"{changes.max():.2g}. Where that is not small beside alpha, a smaller `rest` and a larger `gradient_cap` "
            "follow descents further."
        )
    yield (
        "Alpha is the smallest second derivative of the loss along a segment (equation 6 of the paper): the loss is "
        "convex along it where alpha is not negative. A loss that nowhere exceeds its chord is star-convex along the "
        "segment, which convexity implies."
    )


def _far(loss: float, lowest: float) -> str:
    """How far above the lowest loss that of a regime is, where it is above it by more than `NEAR`."""
    if loss <= (1 + NEAR) * lowest:
        return ""
    return f", where the loss is still {loss:.3g}, and {lowest:.3g} is the lowest found"


def _stopped(ends: pd.DataFrame) -> str:
    """How many of the ends of a regime are no optima, where their descents were stopped before they converged."""
    stopped = int((~ends_that_count(ends)).sum())
    if not stopped:
        return ""
    return f" {stopped} of the {len(ends)} restarts had not converged; a larger `gradient_cap` follows them further."


def _answer(down: ShareOfSegments, above: ShareOfSegments) -> str:
    """What the segments of a regime say of convexity and star-convexity."""
    of = f"of {down.count:,} segments, which tell as much as {down.effective:.0f} independent ones"
    if down.hits == 0:
        return f"**yes**; the loss is convex along all {of}: with 95 % confidence on all but {down.high:.1%}."
    convex = f"it curves downwards along {down.hits:,} {of}"
    if above.hits == 0:
        return (
            f"**yes**, though not convex: {convex}; it exceeds its chord along none, with 95 % confidence on at most "
            f"{above.high:.1%}."
        )
    return f"**no**: {convex}; it exceeds its chord along {above.hits:,}."


def _ranks(segments: pd.DataFrame) -> Iterator[str]:
    """Convexity at every rank that was tried."""
    rows = []
    for regime, of_regime in _by_regime(segments):
        yield f"Towards the factors {TOWARDS[regime]} (`{regime}`): {_from_rank_to_rank(of_regime)}."
        for rank, of_rank in of_regime.groupby("rank"):
            of_segments = of_rank.rename(columns={"restart": "optimum"}).assign(rate=1.0, subsample=0)
            rows.append(
                [
                    f"`{regime}`",
                    f"{rank}",
                    _percent(share_of_segments(of_segments, is_negative)),
                    _percent(share_of_segments(of_segments, is_above_chord)),
                    f"{of_rank['alpha'].mean():.3g}",
                    f"{of_rank['loss'].min():.4g}",
                ]
            )
    heads = ["towards", "rank", "curve downwards somewhere", "exceed their chord", "mean alpha", "lowest loss"]
    yield markdown_table(heads, rows)
    yield (
        "The loss is half the mean squared error over the observed entries, whose variance is 1. The mean of alpha "
        "falls as one over the rank in random models too, where convexity becomes more probable: the shares tell."
    )


def _from_rank_to_rank(segments: pd.DataFrame) -> str:
    """Convexity at the smallest and at the largest rank of one regime."""
    down = is_negative(segments).groupby(segments["rank"]).mean()
    if len(down) == 1:
        return f"rank {down.index[0]} alone was tried"
    ranks = f"from rank {down.index[0]} to {down.index[-1]}"
    if down.nunique() == 1:
        return f"{ranks}, {down.iloc[0]:.0%} of the segments curve downwards somewhere at every rank tried"
    return f"{ranks}, the share of segments that curve downwards goes from {down.iloc[0]:.1%} to {down.iloc[-1]:.1%}"


def _restarts(summaries: pd.DataFrame) -> Iterator[str]:
    """How many restarts find the lowest loss that was seen."""
    ends = _ends(summaries)
    lowest = float(ends["loss"].min())
    near = restarts_near(ends["loss"].to_numpy())
    found = f"{near} of {len(ends)} restarts end {near_in_words(lowest)}"
    if not ends["converged"].all():
        found += f" ({(~ends['converged']).sum()} of them have not converged)"
    share, (lowest_share, _) = near / len(ends), proportion_interval(near, len(ends))
    enough, at_most = restarts_enough(share), restarts_enough(lowest_share)
    number = f"{enough} restart{'s' if enough > 1 else ''}"
    yield (
        f"{found}; the highest is {float(ends['loss'].max()):.4g}. If that is the share of such restarts, **{number}** "
        f"would find it with a probability of {CONFIDENCE:.0%}; if the share is at the lower end of its 95 % interval, "
        f"{at_most}. A lower loss that none of these restarts found is not excluded."
    )


def _solutions(pairs: pd.DataFrame, ends: pd.DataFrame) -> Iterator[str]:
    """How many restarts are the solution of lowest loss, and whether the loss rises between restarts."""
    of_regime = pairs[pairs["regime"] == ends["regime"].iloc[0]]
    counted = of_regime[ends_that_count(of_regime)]
    if counted.empty:
        yield "Two restarts or more would have to converge to be compared."
        return
    numbers = pd.unique(counted[["restart", "other"]].to_numpy().ravel())
    best = ends[ends["restart"].isin(numbers)].set_index("restart")["loss"].idxmin()
    with_best = counted[(counted["restart"] == best) | (counted["other"] == best)]
    same = 1 + int((with_best["equivalent"] == 1).sum())
    if same == 1:
        answer = f"None of the other {len(numbers) - 1} restarts is the solution of lowest loss"
    elif same < len(numbers):
        answer = f"{same} of {len(numbers)} restarts are the solution of lowest loss"
    else:
        answer = f"{same} of {len(numbers)} restarts are one solution"
    low = counted["rise"] <= LOW
    share = share_of_pairs(counted.assign(hit=low), "")
    yield (
        f"**{answer}** (with their ranks in the best order, every column of U and row of V within a cosine distance of "
        f"{EQUIVALENT} of that of the restart with the lowest loss). Of the ranks one by one "
        f"{with_best['equivalent'].mean():.1%} agree with it after matching, and "
        f"{with_best['equivalent_unmatched'].mean():.1%} without."
    )
    yield (
        f"On the segment between two restarts with matched ranks, the loss rises by at most {LOW:.0%} above the loss "
        f"at the higher end for {share.value:.1%} of {len(counted):,} pairs ({share.low:.1%} to {share.high:.1%}, "
        f"95 %); without matching, for {(counted['rise_unmatched'] <= LOW).mean():.1%}."
    )


def _ends(summaries: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last regime, in which restarts go furthest."""
    *_, (_, last) = _by_regime(summaries)
    return last


def _by_regime(rows: pd.DataFrame) -> Iterator[tuple[Regime, pd.DataFrame]]:
    """The rows of every regime there is, in the order of their times."""
    for regime in Regime:
        of_regime = rows[rows["regime"] == regime]
        if len(of_regime):
            yield regime, of_regime


def _percent(share: ShareOfSegments) -> str:
    """A share with its interval."""
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"
