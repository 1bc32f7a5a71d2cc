"""From a folder of raw files to the normalised matrix."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from starnmf.arrays import AnyArray
from starnmf.datasets import EXPANDED_LIMIT
from starnmf.datasets.options import read_options
from starnmf.datasets.ratings import Ratings
from starnmf.datasets.raw import check_published, open_raw, raw_checksums
from starnmf.datasets.registry import PublishedMatrix, published
from starnmf.errors import InputError
from starnmf.locks import exclusive
from starnmf.matrix import (
    Description,
    Entries,
    Matrix,
    Part,
    density,
    load_matrix,
    matrix_of,
    save_matrix,
    scaled_to_unit_variance,
)
from starnmf.seeds import generator
from starnmf.source_code import checksum_of_code


def normalize(
    dataset: str,
    folder: Path,
    source: str,
    rank: int,
    seed: int,
    options: Mapping[str, str],
    expanded_limit: int = EXPANDED_LIMIT,
    parsed: Path | None = None,
) -> Matrix:
    """Parse a dataset's raw files in `folder` and scale the matrix to variance 1 over its observed entries.

    `source` is a `choices.Source`; `options` are those of the dataset's module; no compressed file may expand to more
    than `expanded_limit` bytes. Warns on stderr when published data do not have the shape of Table 1. Raises
    `InputError` on files that are absent or cannot be used, on another number of ratings than published and, where the
    source is `published`, on another checksum.

    With a folder `parsed`, real data are parsed once for all runs: the matrix is kept there, and found again by the raw
    files' checksums, the options, the seed and the code. Runs that need the same matrix at the same time wait for one
    of them.
    """
    entry = published(dataset)
    if parsed is None or source == "stand-in":
        return _normalized(entry, folder, source, rank, seed, options, expanded_limit)
    code = checksum_of_code("starnmf.datasets.normalization", entry.module)
    known = [raw_checksums(dataset, folder), source, dict(options), seed]
    path = parsed / dataset / f"{code}-{sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]}.h5"
    with exclusive(path.with_name("lock"), f"{dataset} is being parsed by another run"):
        if path.exists():
            matrix = load_matrix(path)
            _warn_of_shape(matrix, entry)
        else:
            for old in path.parent.glob("*.h5"):
                if not old.name.startswith(code):
                    old.unlink()
            matrix = _normalized(entry, folder, source, rank, seed, options, expanded_limit)
            save_matrix(matrix, path)
    return replace(matrix, description=replace(matrix.description, rank=rank))


def _normalized(
    entry: PublishedMatrix,
    folder: Path,
    source: str,
    rank: int,
    seed: int,
    options: Mapping[str, str],
    expanded_limit: int,
) -> Matrix:
    """The normalised matrix of raw files, which are parsed."""
    if source == "published":
        check_published(entry, folder)
    raw = _parse(entry, folder, source, seed, options, expanded_limit)
    description = Description(entry.name, rank, source, raw_checksums(entry.name, folder), seed=seed)
    matrix = matrix_of(raw.X if isinstance(raw, Part) else raw, description)
    _warn_of_shape(matrix, entry)
    step_factor = _step_factor(matrix, entry)
    reduction = step_factor / raw.share if isinstance(raw, Part) and source != "stand-in" else step_factor
    description = replace(description, reduction=reduction, step_factor=step_factor)
    return scaled_to_unit_variance(replace(matrix, description=description))


def check_whole(dataset: str, folder: Path, expanded_limit: int = EXPANDED_LIMIT) -> None:
    """Parse a dataset's raw files. Raises `InputError` on files that are damaged or not whole, as `normalize`."""
    _parse(published(dataset), folder, "published", 0, {}, expanded_limit)


def _parse(
    entry: PublishedMatrix, folder: Path, source: str, seed: int, options: Mapping[str, str], expanded_limit: int
) -> AnyArray | Entries | Part:
    """What the dataset's module reads in the files in `folder`."""
    module = import_module(entry.module)
    chosen = read_options(module.Options, entry.name, options)
    with open_raw(entry.name, folder, expanded_limit) as files:
        parsed: AnyArray | Entries | Part = module.parse(files, chosen, generator(seed, entry.name, "draw"))
    # A text that ends early at the end of a line looks whole.
    if source != "stand-in" and isinstance(parsed, Ratings) and parsed.found != entry.ratings:
        raise InputError(
            f"{entry.name}: found {parsed.found:,} ratings in {folder}; expected {entry.ratings:,}. "
            f"The files are truncated or other ones: get them again from {entry.page}"
        )
    return parsed


def _warn_of_shape(matrix: Matrix, entry: PublishedMatrix) -> None:
    """Say on stderr that published data do not have the shape of Table 1."""
    source = matrix.description.source
    if source != "stand-in" and matrix.shape != entry.shape:
        print(
            f"{entry.name}: warning: the {source} files give a {matrix.shape[0]} x {matrix.shape[1]} matrix; "
            f"expected {entry.shape[0]} x {entry.shape[1]}. Files are missing, or options differ from the paper's",
            file=sys.stderr,
        )


def _step_factor(matrix: Matrix, entry: PublishedMatrix) -> float:
    """How many times more observed entries a row or column of the longer side has in Table 1 than here."""
    if not entry.in_table_1 or matrix.shape == entry.shape:
        return 1.0
    return max(entry.shape) * (entry.density or 1.0) / (max(matrix.shape) * density(matrix))
