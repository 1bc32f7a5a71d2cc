"""From a folder of raw files to the normalised matrix."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from starnmf.datasets import EXPANDED_LIMIT
from starnmf.datasets.options import read_options
from starnmf.datasets.ratings import Ratings
from starnmf.datasets.raw import open_raw, raw_checksums
from starnmf.datasets.registry import PublishedMatrix, published
from starnmf.errors import InputError
from starnmf.matrix import Description, Matrix, density, matrix_of, scaled_to_unit_variance
from starnmf.seeds import generator


def normalize(
    dataset: str,
    folder: Path,
    source: str,
    rank: int,
    seed: int,
    options: Mapping[str, str],
    expanded_limit: int = EXPANDED_LIMIT,
) -> Matrix:
    """Parse a dataset's raw files in `folder` and scale the matrix to variance 1 over its observed entries.

    `source` is a `choices.Source`; `options` are those of the dataset's module; no compressed file may expand to more
    than `expanded_limit` bytes. Warns on stderr when published data do not have the shape of Table 1. Raises
    `InputError` on files that are absent or cannot be used, and on another number of ratings than published.
    """
    entry = published(dataset)
    module = import_module(entry.module)
    chosen = read_options(module.Options, dataset, options)
    with open_raw(dataset, folder, expanded_limit) as files:
        raw = module.parse(files, chosen, generator(seed, dataset, "draw"))
    if source != "stand-in":
        _check_count(raw, entry, folder)
    description = Description(dataset, rank, source, raw_checksums(dataset, folder), seed=seed)
    matrix = matrix_of(raw, description)
    if source != "stand-in" and matrix.shape != entry.shape:
        print(
            f"{dataset}: warning: the {source} files give a {matrix.shape[0]} x {matrix.shape[1]} matrix; "
            f"expected {entry.shape[0]} x {entry.shape[1]}. Files are missing, or options differ from the paper's",
            file=sys.stderr,
        )
    description = replace(description, reduction=_reduction(matrix, entry))
    return scaled_to_unit_variance(replace(matrix, description=description))


def _check_count(raw: object, entry: PublishedMatrix, folder: Path) -> None:
    """Refuse lost or added ratings: a text that ends early at the end of a line looks whole."""
    if isinstance(raw, Ratings) and raw.found != entry.ratings:
        raise InputError(
            f"{entry.name}: found {raw.found:,} ratings in {folder}; expected {entry.ratings:,}. "
            f"The files are truncated or other ones: get them again from {entry.page}"
        )


def _reduction(matrix: Matrix, entry: PublishedMatrix) -> float:
    """How many times more observed entries a row or column of the longer side has in Table 1 than here."""
    if not entry.in_table_1 or matrix.shape == entry.shape:
        return 1.0
    return max(entry.shape) * (entry.density or 1.0) / (max(matrix.shape) * density(matrix))
