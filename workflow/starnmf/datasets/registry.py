"""What is published about every dataset: its paper's shape, sources, checksums, file names and licence."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from starnmf.errors import InputError


@dataclass(frozen=True)
class Source:
    """One address that serves a whole dataset as one file."""

    url: str
    file: str
    """File name it is saved under."""
    hash: str | None
    """`sha256:...` or `md5:...` of that file, where one was published."""


@dataclass(frozen=True)
class Published:
    """A published dataset; `shape`, `rank` and `density` as in Table 1 of the paper, where the paper lists it."""

    name: str
    title: str
    in_table_1: bool
    shape: tuple[int, int]
    rank: int
    density: float | None
    """Share of entries observed; None for a fully observed matrix."""
    licence: str
    link: str | None
    """Address printed in Table 6 of the paper."""
    page: str
    """Where a person downloads the dataset by hand."""
    sources: tuple[Source, ...]
    """In the order they are tried."""
    files: tuple[tuple[str, ...], ...]
    """File names a parser reads, `*` as in a shell; one tuple per way the dataset is distributed."""

    @property
    def module(self) -> str:
        """Name of the dataset's module in this package."""
        return self.name.replace("-", "_")


def _read(name: str, entry: dict[str, Any]) -> Published:
    n, m = entry.pop("shape")
    sources = tuple(Source(**source) for source in entry.pop("sources"))
    files = tuple(tuple(names) for names in entry.pop("files"))
    return Published(name=name, shape=(n, m), sources=sources, files=files, **entry)


_PUBLISHED = {
    name: _read(name, entry)
    for name, entry in yaml.safe_load(Path(__file__).with_name("registry.yaml").read_text(encoding="utf-8")).items()
}

NAMES = tuple(_PUBLISHED)
"""Every dataset, in alphabetical order."""


def published(name: str) -> Published:
    """The registry's entry of a dataset. Raises `InputError` for an unknown name."""
    if name not in _PUBLISHED:
        raise InputError(f"dataset {name!r} is not known; expected one of {', '.join(NAMES)}")
    return _PUBLISHED[name]
