"""The yeast metabolic cycle: a series matrix of the Gene Expression Omnibus, one row per probe, one column per sample.

The paper's 9335 x 36 is every probe row with its raw value.
"""

import gzip
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starnmf.arrays import Array
from starnmf.datasets.options import NoOptions as Options
from starnmf.datasets.planted import planted_matrix
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError
from starnmf.results.atomic import write_atomically

_NUMBER = re.compile(r"\+?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_BEGIN, _END = "!series_matrix_table_begin", "!series_matrix_table_end"


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Array:
    """Expression values (probes, samples) of a series matrix.

    Raises `InputError` on a missing or unfinished table, on rows of another length than the header, and on empty,
    non-numeric, non-finite or negative values.
    """
    (file,) = files
    lines = file.read().decode("utf-8", errors="replace").splitlines()
    begin, end = _position(lines, _BEGIN, file.where), _position(lines, _END, file.where)
    if end < begin + 2:
        raise InputError(f"{file.where}: the table at line {begin + 1} has no header; expected one and a row per probe")
    header = lines[begin + 1].split("\t")
    if header[0].strip('"') != "ID_REF" or len(header) < 2:
        raise InputError(
            f'{file.where}: line {begin + 2} starts with {header[0]!r}; expected the header "ID_REF" and sample names'
        )
    rows = [
        _values(line.split("\t")[1:], len(header) - 1, f"{file.where}: line {number}")
        for number, line in enumerate(lines[begin + 2 : end], begin + 3)
    ]
    if not rows:
        raise InputError(f"{file.where}: the table has no rows; expected one per probe")
    probes = [line.partition("\t")[0] for line in lines[begin + 2 : end]]
    for what, names in (("sample", header[1:]), ("probe", probes)):
        if repeated := next((name for name, count in Counter(names).items() if count > 1), None):
            raise InputError(f"{file.where}: the {what} {repeated} is there more than once; expected every {what} once")
    return np.stack(rows)


def _position(lines: Sequence[str], mark: str, where: str) -> int:
    if lines.count(mark) != 1:
        raise InputError(
            f"{where}: found {lines.count(mark)} lines {mark}; expected one. The file may be truncated or another one"
        )
    return lines.index(mark)


def _values(texts: Sequence[str], count: int, where: str) -> Array:
    if len(texts) != count:
        raise InputError(f"{where} has {len(texts)} values; expected {count}, one per sample of the header")
    if wrong := [text for text in texts if not _NUMBER.fullmatch(text)]:
        raise InputError(f"{where} has the value {wrong[0]!r}; expected a finite non-negative number for every sample")
    values = np.array(texts, dtype=np.float64)
    if not np.isfinite(values).all():
        found = texts[int(np.argmin(np.isfinite(values)))]
        raise InputError(f"{where} has the value {found}; expected finite numbers")
    return values


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `GSE3431_series_matrix.txt.gz` with n probes and m samples."""
    samples = [f"GSM{77298 + sample}" for sample in range(shape[1])]
    lines = [
        '!Series_title\t"Stand-in for the logic of the yeast metabolic cycle"',
        '!Series_geo_accession\t"GSE3431"',
        f'!Series_sample_id\t"{" ".join(samples)} "',
        "",
        "\t".join(["!Sample_title", *(f'"stand-in, time interval {sample + 1}"' for sample in range(shape[1]))]),
        _BEGIN,
        "\t".join(f'"{name}"' for name in ("ID_REF", *samples)),
    ]
    for probe, values in enumerate(planted_matrix(shape, rank, random).tolist()):
        lines.append("\t".join([f'"{10000 + probe}_at"', *(f"{value:.9g}" for value in values)]))
    content = "\n".join([*lines, _END, ""]).encode()
    write_atomically(folder / "GSE3431_series_matrix.txt.gz", gzip.compress(content, compresslevel=1, mtime=0))
