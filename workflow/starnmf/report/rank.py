"""Which rank a matrix has and how many restarts are enough at it, from the table of ranks as a page to read."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from starnmf.factorization.restart import INTERPOLATED
from starnmf.figures.provenance import display_name, origin_of_table, range_of
from starnmf.markdown import markdown_table
from starnmf.optima.tables import EQUIVALENT
from starnmf.rank_choice.choice import CONFIDENCE, NEAR, STABLE, near_in_words
from starnmf.rank_choice.tables import RANK_CHOICE
from starnmf.results.atomic import write_atomically


def write_rank_page(ranks: Path, output: Path) -> None:
    """Write which rank is recommended for a matrix, and why, as Markdown.

    Parameters
    ----------
    ranks
        The table `RANK_CHOICE` of one dataset.
    output
        The page to write.

    Raises
    ------
    InputError
        If the file is not such a table.
    """
    rows = RANK_CHOICE.read([ranks]).sort_values("rank", ignore_index=True)
    first = rows.iloc[0]
    parts = [
        f"# {display_name(str(first['dataset']))}: which rank",
        f"**{answer(rows)}**",
        *_reasons(rows),
        f"A {first['n']:,} x {first['m']:,} matrix with {first['observed']:,} observed entries; data: "
        f"{origin_of_table(ranks)}. {first['restarts']} restarts of every rank{_unfinished(rows)}.",
        _table(rows),
        "Losses and held-out errors are half the mean squared error, and the variance of the entries is 1. One "
        f"solution: all columns and rows are within a cosine distance of {EQUIVALENT:g} of those of the restart with "
        f"the lowest loss. Near: within {NEAR:.1%} of it, or below {INTERPOLATED:g}. Barrier: largest rise of the loss "
        "above both ends of a segment between two matched restarts, over the lowest loss. Alpha < 0 and above chord: "
        "shares of segments from random points, as in Figure 17. How the rank is chosen is in docs/how-to/rank.md.",
    ]
    write_atomically(output, "\n\n".join(parts) + "\n")


def answer(rows: pd.DataFrame) -> str:
    """The recommended rank and up to where restarts are one solution; or that no rank is recommended, and why."""
    recommended = rows[rows["recommended"]]
    if len(recommended):
        row = recommended.iloc[0]
        return (
            f"Rank {row['rank']}: {row['one_solution']} of {row['restarts']} restarts are one solution"
            f"{_above(rows, int(row['rank']))}."
        )
    best = int(rows.loc[rows["predicts"], "rank"].max())
    tried = rows.loc[rows["rank"] > 1, "rank"]
    if best == 1:
        return f"No rank: entries that were held out are predicted no better by ranks {range_of(tried)} than by rank 1."
    within = rows[rows["predicts"] & (rows["rank"] > 1)]
    most = within.sort_values("one_solution", kind="stable").iloc[-1]
    return (
        f"No rank: {_held_out(rows, best)}, and up to there the restarts of no rank are one solution (at most "
        f"{most['one_solution']} of {most['restarts']}, at rank {most['rank']})."
    )


def _held_out(rows: pd.DataFrame, best: int) -> str:
    """Up to where larger ranks predict entries better."""
    if best == rows.loc[rows["excess"].notna(), "rank"].max():
        return f"held-out entries are predicted best by rank {best}, the largest compared"
    return f"no larger rank predicts held-out entries better than rank {best} (paired t-test at 95 %)"


def _above(rows: pd.DataFrame, rank: int) -> str:
    """What becomes of restarts above a rank."""
    larger = rows[rows["rank"] > rank]
    if larger.empty:
        return "; no larger rank was tried"
    stable = larger.loc[larger["stable"], "rank"]
    if stable.empty:
        return f"; from rank {larger['rank'].min()} on they are not"
    unstable = larger.loc[larger["rank"] > stable.max(), "rank"]
    one_solution = f"; those of rank {range_of(stable)} are too"
    return one_solution + (f", and from rank {unstable.min()} on they are not" if len(unstable) else "")


def _reasons(rows: pd.DataFrame) -> Iterator[str]:
    """What speaks for the recommended rank, and how many restarts are enough at it."""
    best = int(rows.loc[rows["predicts"], "rank"].max())
    if best == 1:
        return
    held_out = _held_out(rows, best).capitalize()
    recommended = rows[rows["recommended"]]
    if recommended.empty:
        yield f"{held_out}."
        return
    row = recommended.iloc[0]
    yield (
        f"{held_out}. Rank {row['rank']} is the largest up to there at which at least {STABLE:.0%} of the restarts are "
        "one solution: the recommended one."
    )
    number = f"{row['enough']} restart{'s' if row['enough'] > 1 else ''}"
    yield (
        f"At rank {row['rank']}, {row['near']} of {row['restarts']} restarts end {near_in_words(row['loss'])}. If that "
        f"is the share of such restarts, **{number}** would find one of these with a probability of {CONFIDENCE:.0%}. "
        "A lower loss that none of the restarts found is not excluded."
    )


def _unfinished(rows: pd.DataFrame) -> str:
    """The ranks of which restarts used up their gradients before they converged."""
    capped = [
        f"{row['restarts'] - row['converged']} of rank {row['rank']}"
        for _, row in rows.iterrows()
        if row["converged"] < row["restarts"]
    ]
    return f"; not converged: {', '.join(capped)}" if capped else ""


def _table(rows: pd.DataFrame) -> str:
    """A row for every rank."""
    cells = [
        {
            "rank": f"**{row['rank']}**" if row["recommended"] else f"{row['rank']}",
            "lowest loss": f"{row['loss']:.4g}",
            "held-out error": _number(row["held_out"], ".4g"),
            "one solution": f"{row['one_solution']} of {row['restarts']}",
            "silhouette": _number(row["silhouette"], ".2f"),
            "cophenetic": _number(row["cophenetic"], ".2f"),
            "near": f"{row['near']}",
            "enough restarts": f"{row['enough']}",
            "alpha < 0": f"{row['negative']:.1%}",
            "above chord": f"{row['above']:.1%}",
            "barrier": f"{row['barrier'] / row['loss']:.1%}" if row["loss"] > 0 else f"{row['barrier']:.3g}",
            "gradients": f"{row['gradients']:.0f}",
        }
        for _, row in rows.iterrows()
    ]
    return markdown_table(list(cells[0]), [list(of_rank.values()) for of_rank in cells])


def _number(value: float, digits: str) -> str:
    """A number, or a dash where there is none."""
    return "-" if pd.isna(value) else format(value, digits)
