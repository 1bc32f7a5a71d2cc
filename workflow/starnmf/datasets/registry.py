"""What is published about every dataset: its shape in the paper, sources, checksums, file names and licence."""

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
    bytes: int | None = None
    """Size of that file, where it is known."""
    hash: str | None = None
    """`sha256:...` or `md5:...` of that file, where one was published."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """The published files of a dataset."""

    name: str
    licence: str = "none stated"
    link: str | None = None
    """Address printed in Table 6 of the paper."""
    page: str
    """Where a person downloads the dataset by hand."""
    sources: tuple[Source, ...]
    """In the order they are tried."""
    files: tuple[tuple[str, ...], ...]
    """File names a parser reads, `*` as in a shell; one tuple per way the dataset is distributed."""

    @property
    def module(self) -> str:
        """Full name of the module that reads the dataset."""
        return f"starnmf.datasets.{self.name.replace('-', '_')}"


@dataclass(frozen=True, kw_only=True)
class PublishedMatrix(Published):
    """A dataset that is factorized; `shape`, `rank` and `density` as in Table 1 of the paper, where it lists it."""

    in_table_1: bool = True
    shape: tuple[int, int]
    rank: int
    density: float | None = None
    """Share of entries observed; None for a fully observed matrix."""
    ratings: int | None = None
    """Ratings in the published files; None where they hold none."""


def _read(name: str, entry: dict[str, Any]) -> Published:
    entry["sources"] = tuple(Source(**source) for source in entry["sources"])
    entry["files"] = tuple(tuple(names) for names in entry["files"])
    if "shape" not in entry:
        return Published(name=name, **entry)
    return PublishedMatrix(name=name, **entry | {"shape": tuple(entry["shape"])})


_PUBLISHED = {
    name: _read(name, entry)
    for name, entry in yaml.safe_load(Path(__file__).with_name("registry.yaml").read_text(encoding="utf-8")).items()
}

_MATRICES = {name: entry for name, entry in _PUBLISHED.items() if isinstance(entry, PublishedMatrix)}

NAMES = tuple(_MATRICES)
"""Every dataset that is a matrix, in alphabetical order."""

ALL_NAMES = tuple(_PUBLISHED)
"""Every dataset, images too."""


def published(name: str) -> PublishedMatrix:
    """The registry's entry of a dataset that is a matrix. Raises `InputError` for an unknown name."""
    if name not in _MATRICES:
        raise InputError(f"dataset {name!r} is not known; expected one of {', '.join(NAMES)}")
    return _MATRICES[name]


def published_files(name: str) -> Published:
    """The registry's entry of any dataset, images too. Raises `InputError` for an unknown name."""
    if name not in _PUBLISHED:
        raise InputError(f"dataset {name!r} is not known; expected one of {', '.join(_PUBLISHED)}")
    return _PUBLISHED[name]
