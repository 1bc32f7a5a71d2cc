"""The figures of `catalogue.yaml`: what each is drawn from and by, and which datasets it shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from starnmf.networks.architecture import Architecture
from starnmf.result_tables import RESULT_TABLES
from starnmf.results.table import Table


@dataclass(frozen=True)
class FigureEntry:
    """A figure: its name, table, drawing function, title and caption."""

    name: str
    """`figure03`: the name of its files."""
    table: Table
    """The result table that it is drawn from."""
    draw: str
    """Its function, `module:function` below starnmf, of the entry, the table and, under regimes, the runs table."""
    title: str
    caption: str
    datasets: tuple[str, ...] | None = None
    """The paper's selection in its order; None shows every dataset of the run, by name."""
    rows: tuple[str, str] | None = None
    """A column of the table and the value the figure's rows have there; None takes all."""
    regime: str | None = None
    """The only regime it is drawn under; None draws it under each."""

    @property
    def number(self) -> str:
        """The figure's number."""
        return self.name.removeprefix("figure").lstrip("0")

    @property
    def under_regimes(self) -> bool:
        """Whether the figure is about datasets, and drawn for every regime."""
        return "{regime}" in self.table.path

    @property
    def module(self) -> str:
        """The full name of the module that draws it."""
        return f"starnmf.{self.draw.split(':')[0]}"

    @property
    def rests_on_optima(self) -> bool:
        """Whether the figure shows results of descents, unlike segments between two random points."""
        return self.rows != ("kind", "random-random")

    def regime_of(self, variant: str) -> str:
        """The regime of its file with a `variant` after the name, such as `-converged`; empty where it has none."""
        if not self.under_regimes:
            return ""
        return variant.removeprefix("-") or self.regime or "published"

    def shown(self, datasets: Iterable[str]) -> list[str]:
        """Those of `datasets` that the figure shows, in the order of its panels."""
        present = set(datasets)
        return sorted(present) if self.datasets is None else [name for name in self.datasets if name in present]


def _entry(name: str, known: dict[str, Any]) -> FigureEntry:
    """An entry of the YAML file, with its table in place of the table's name."""
    table = next(table for table in RESULT_TABLES if table.name == known["table"])
    tuples: dict[str, Any] = {key: tuple(known[key]) for key in ("datasets", "rows") if key in known}
    return FigureEntry(**(known | tuples | {"name": name, "table": table}))


FIGURES = {
    name: _entry(name, known)
    for name, known in yaml.safe_load(Path(__file__).with_name("catalogue.yaml").read_text(encoding="utf-8")).items()
}
"""Every figure by its name."""


def surface_networks(networks: Sequence[Architecture]) -> list[str]:
    """The networks that Figure 8 shows: of the deepest ones, the narrowest and the widest (k = 1 and 4 in the paper).

    Networks without shortcuts are shown only if there are no others.
    """
    candidates = [network for network in networks if network.shortcuts] or networks
    deepest = max((network.layers for network in candidates), default=0)
    by_width = sorted((one for one in candidates if one.layers == deepest), key=lambda network: network.width)
    return [network.name for network in (*by_width[:1], *by_width[1:][-1:])]
