"""Commands that compare optima with each other."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.cli.options import CsvOption, MatrixFile, Threads, check_outputs

app = typer.Typer(help="What the optima are to each other.", no_args_is_help=True)


@app.command("pairs")
def pairs(
    matrix: MatrixFile,
    factors: Annotated[Path, typer.Argument(help="HDF5 of factors at rate 1.0.", exists=True)],
    pairs: CsvOption,
    centres: CsvOption,
    threads: Threads = 1,
) -> None:
    """Distance of every two restarts, the loss between them, and whether one of them is a centre."""
    from starnmf.factors import load_factors
    from starnmf.matrix import load_matrix
    from starnmf.optima.pairs import measure_optima
    from starnmf.optima.tables import CENTRES, PAIRS

    check_outputs([pairs, centres], [matrix, factors])
    of_pairs, of_centres = measure_optima(load_matrix(matrix), load_factors(factors), threads)
    PAIRS.write(of_pairs, pairs)
    CENTRES.write(of_centres, centres)
