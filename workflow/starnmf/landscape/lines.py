"""The loss along segments between random points and from random points to optima (Figures 3 and 4)."""

import numpy as np
import pandas as pd

from starnmf.curvature.segments import Point, quartics_of_segments
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors
from starnmf.landscape.segments import check_factors_of
from starnmf.matrix import Matrix

LAMBDA = np.linspace(0, 1, 101)


def measure_lines(matrix: Matrix, factors: Factors, lines: int = 5) -> pd.DataFrame:
    """Measure the loss at 101 places on segments of both kinds.

    Segment i of kind `random-random` and segment i of kind `random-optimum` start from the same random point.

    Parameters
    ----------
    matrix : Dense or Observed
        The matrix that was factorized.
    factors : Factors
        Its restarts.
    lines : int
        Segments of each kind; if there are fewer optima, one segment to each.

    Returns
    -------
    pandas.DataFrame
        With the columns of the table `landscape.tables.LINES`.

    Raises
    ------
    InputError
        The factors are not those of the matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from starnmf import factorize, matrix_from, measure_lines
    >>> matrix = matrix_from(np.random.default_rng(0).gamma(2.0, size=(30, 20)), rank=2)
    >>> factors = factorize(matrix, ("published",), restarts=3)["published"]
    >>> len(measure_lines(matrix, factors, lines=2))
    404
    """
    check_factors_of(matrix, factors)
    starts = _random_points(factors, "line-from", lines)
    ends = {
        "random-random": _random_points(factors, "line-to", lines),
        "random-optimum": list(zip(factors.U[:lines], factors.V[:lines], strict=True)),
    }
    tables = [_losses(matrix, factors, kind, starts, of_kind) for kind, of_kind in ends.items()]
    return pd.concat(tables, ignore_index=True)


def _losses(matrix: Matrix, factors: Factors, kind: str, starts: list[Point], ends: list[Point]) -> pd.DataFrame:
    segments = list(zip(starts, ends, strict=False))
    loss = quartics_of_segments(matrix, segments).loss(LAMBDA[:, np.newaxis]).T
    return pd.DataFrame(
        {
            "dataset": factors.attributes["dataset"],
            "regime": factors.attributes["regime"],
            "kind": kind,
            "line": np.repeat(np.arange(len(segments)), len(LAMBDA)),
            "lambda": np.tile(LAMBDA, len(segments)),
            "loss": loss.ravel(),
        }
    )


def _random_points(factors: Factors, purpose: str, count: int) -> list[Point]:
    return list(zip(*draw_starts(factors.attributes, purpose, range(count)), strict=True))
