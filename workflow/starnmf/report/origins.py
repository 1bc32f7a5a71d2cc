"""Where the data of a result come from, in words."""

from collections.abc import Sequence
from pathlib import Path

from starnmf.figures.provenance import Provenance, display_name, provenance_of, scale
from starnmf.result_tables import read_tables


def origins(runs: Sequence[Path]) -> str:
    """The source of every dataset in summaries of factorizations, and its reduction, as `stand-in: orl 1/69`.

    Raises `InputError` on files that do not fit (`read_tables`) and on a dataset that comes from several sources.
    """
    table = read_tables("runs", runs)
    by_source: dict[str, list[str]] = {}
    for dataset in sorted(table["dataset"].unique()):
        one = provenance_of(dataset, table)
        by_source.setdefault(one.source, []).append(_named(one))
    return "; ".join(f"{source}: {', '.join(names)}" for source, names in by_source.items())


def _named(one: Provenance) -> str:
    return (
        f"{display_name(one.dataset)} reduced {scale(one.reduction)}"
        if one.reduction > 1
        else display_name(one.dataset)
    )
