"""The gallery: every figure of a run with its command, its data and the ledger's verdicts; and the ledger itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from starnmf.choices import Regime
from starnmf.claims.page import about_figure, as_markdown
from starnmf.claims.tables import LEDGER
from starnmf.errors import InputError
from starnmf.figures.catalogue import FIGURES, FigureEntry
from starnmf.figures.provenance import origins
from starnmf.results.atomic import write_atomically

INTRODUCTION = """\
# Gallery

Every figure of the runs in `evidence`, with the command that makes it in a run of your own, its data, and
what the ledger says of the claims about it. The paper's figures have its numbers; Figures from 14 on
are this project's, and S1, S2, ... are of the companions. `make figures BUNDLE="evidence/*.zip"` draws
the same files. Figure S13 is not among them: it needs the ratings of MovieLens themselves.
"""


def write_gallery(run: Path, output: Path) -> None:
    """Write the gallery of a run: `index.md`, a copy of every picture beside it, and the ledger as `claims.md`.

    Parameters
    ----------
    run
        The folder of a run with its figures as PNG, its ledger and the summaries of its factorizations.
    output
        The folder to write to; pictures of an earlier gallery go.

    Raises
    ------
    InputError
        Where the run has no figure, or no ledger.
    """
    pictures = {path.stem: path for path in sorted((run / "figures").glob("*.png"))}
    if not pictures or not (run / "claims.csv").is_file():
        raise InputError(f"{run}: found no figures or no ledger; expected a run in which both are made")
    ledger = LEDGER.read([run / "claims.csv"])
    runs = {regime.value: sorted(run.glob(f"factorization/*/{regime}/*.csv")) for regime in Regime}
    parts = [INTRODUCTION]
    for figure in FIGURES.values():
        of_figure = [name for name in pictures if re.fullmatch(rf"{figure.name}(-\w+)?", name)]
        if of_figure:
            parts += _section(figure, sorted(of_figure, key=len), ledger, runs)
    output.mkdir(parents=True, exist_ok=True)
    for earlier in output.glob("*.png"):
        earlier.unlink()
    for name, path in pictures.items():
        write_atomically(output / f"{name}.png", path.read_bytes())
    # Products such as <W0, W2> are no tags.
    pages = {"index": "\n\n".join(parts) + "\n", "claims": as_markdown(ledger).replace("<", "&lt;")}
    for name, text in pages.items():
        write_atomically(output / f"{name}.md", text)


def _section(figure: FigureEntry, names: list[str], ledger: pd.DataFrame, runs: dict[str, list[Path]]) -> Iterator[str]:
    """A figure: what it shows, how it is made, and a picture for each of its regimes with its data and verdicts."""
    yield f"## Figure {figure.number}. {figure.title}"
    yield figure.caption.strip()
    yield f"`snakemake --cores 2 figure{figure.number}` draws it of `{figure.table.path}`."
    for name in names:  # that under `published`, which has the figure's own name, is the first
        regime = figure.regime_of(name.removeprefix(figure.name))
        if regime:
            shown = figure.shown(path.parts[-3] for path in runs[regime])
            yield f"**Regime {regime}.** Data: {origins([path for path in runs[regime] if path.parts[-3] in shown])}."
        yield f"[![{figure.title}{f', {regime}' if regime else ''}]({name}.png)]({name}.png)"
        if claims := about_figure(ledger, figure.number, regime):
            yield "\n".join(f"* {line}" for line in claims)
