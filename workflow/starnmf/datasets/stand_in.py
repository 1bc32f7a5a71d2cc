"""Stand-ins: raw files in a published format with a planted structure, of the paper's shape or a smaller one."""

from importlib import import_module
from math import isqrt
from pathlib import Path

from starnmf.datasets.registry import published
from starnmf.errors import InputError

_LARGEST_PATCH = 10
"""Frames of a birdsong patch at full size."""
_BINS = 512
"""Frequencies of a birdsong frame at full size."""


def write_stand_in(dataset: str, folder: Path, shape: tuple[int, int] | None, rank: int, seed: int) -> None:
    """Write a dataset's stand-in into `folder`, under the published names and inside the published archive.

    `shape` (n, m) is that of the matrix it is parsed to with `stand_in_options`; None means the paper's. The files are
    a function of the arguments alone. Raises `InputError` for a shape or rank that the dataset cannot have.
    """
    from starnmf.seeds import generator  # here, so that a workflow can ask for the options without loading numpy

    entry = published(dataset)
    n, m = shape or entry.shape
    if not 2 <= rank <= min(n, m):
        raise InputError(
            f"{dataset}: a stand-in of rank {rank} does not fit the shape {n} x {m}; expected 2 <= rank <= {min(n, m)}"
        )
    stand_in_options(dataset, shape)
    module = import_module(entry.module)
    folder.mkdir(parents=True, exist_ok=True)
    module.write_stand_in(folder, (n, m), rank, generator(seed, dataset, "stand-in", n, m, rank))


def stand_in_options(dataset: str, shape: tuple[int, int] | None) -> dict[str, str]:
    """The options with which a stand-in is parsed to exactly its shape; they overrule configured ones.

    Raises `InputError` for a shape that no options give.
    """
    n, m = shape or published(dataset).shape
    match dataset:
        case "birdsong":
            frames = max(frames for frames in range(1, _LARGEST_PATCH + 1) if n % frames == 0)
            if n > frames * _BINS:
                raise InputError(
                    f"birdsong: found {n} rows of synthetic data; expected at most {_BINS}, or frames times at most "
                    f"{_BINS} for {_LARGEST_PATCH} frames or fewer"
                )
            return {
                "n_fft": str(2 * _BINS),
                "hop": str(_BINS),
                "frames": str(frames),
                "rows": str(n),
                "columns": str(m),
            }
        case "goodbooks":
            return {"minimum_ratings": "3"}
        case "satellite":
            side = isqrt(m)
            if side**2 != m:
                raise InputError(
                    f"satellite: found {m} columns of synthetic data; expected a square number of pixels, such as "
                    f"{side**2} or {(side + 1) ** 2}"
                )
            return {}
        case "netflix":
            return {"draw": "counts", "users": str(n), "movies": str(m)}
        case _:
            return {}
