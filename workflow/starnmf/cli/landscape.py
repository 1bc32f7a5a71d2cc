"""Commands that measure the loss around optima."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.cli.options import MatrixFile, OutputCsv, Threads

app = typer.Typer(help="Curvature of the loss along lines.", no_args_is_help=True)

FactorsFile = Annotated[Path, typer.Argument(help="HDF5 of factors.", exists=True)]


@app.command("curvature")
def curvature(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    points: Annotated[int, typer.Option(min=1, help="Random points to measure from.")],
    threads: Threads = 1,
) -> None:
    """Curvature (eq. 6) and chord violation from every random point to every optimum."""
    from starnmf.factors import load_factors
    from starnmf.landscape.curvature import measure_curvature
    from starnmf.landscape.tables import CURVATURE
    from starnmf.matrix import load_matrix

    CURVATURE.write(measure_curvature(load_matrix(matrix), load_factors(factors), points, threads), output)


@app.command("lines")
def along_lines(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    lines: Annotated[int, typer.Option(min=1, help="Lines of each kind.")] = 5,
) -> None:
    """Loss along lines between random points and from random points to optima."""
    from starnmf.factors import load_factors
    from starnmf.landscape.lines import measure_lines
    from starnmf.landscape.tables import LINES
    from starnmf.matrix import load_matrix

    LINES.write(measure_lines(load_matrix(matrix), load_factors(factors), lines), output)


@app.command("trajectory")
def trajectory(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """Cosine and curvature towards a descent's own end, along the descent."""
    from starnmf.factors import each_repetition, load_factors
    from starnmf.landscape.tables import TRAJECTORY
    from starnmf.landscape.trajectory import measure_trajectory
    from starnmf.matrix import load_matrix

    table = measure_trajectory(load_matrix(matrix), load_factors(factors), each_repetition(factors), threads)
    TRAJECTORY.write(table, output)


@app.command("times")
def times(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    points: Annotated[int, typer.Option(min=1, help="Random points to measure from.")],
    threads: Threads = 1,
) -> None:
    """Curvature from random points towards where the flow is, at every time."""
    from starnmf.factors import each_repetition, load_factors
    from starnmf.landscape.tables import TIMES
    from starnmf.landscape.times import measure_times
    from starnmf.matrix import load_matrix

    table = measure_times(load_matrix(matrix), load_factors(factors), each_repetition(factors), points, threads)
    TIMES.write(table, output)


@app.command("steps")
def steps(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """The end of a published restart beside that of the paper's own gradient steps."""
    from starnmf.factors import load_factors
    from starnmf.landscape.steps import measure_steps
    from starnmf.landscape.tables import STEPS
    from starnmf.matrix import load_matrix

    STEPS.write(measure_steps(load_matrix(matrix), load_factors(factors), threads), output)


@app.command("spectrum")
def spectrum(
    factors: FactorsFile,
    output: OutputCsv,
    repetitions: Annotated[int, typer.Option(min=1, help="Optima and random matrices.")] = 5,
) -> None:
    """Singular values of optima and of random matrices of the same shape."""
    from starnmf.factors import load_factors
    from starnmf.landscape.spectrum import measure_spectrum
    from starnmf.landscape.tables import SPECTRUM

    SPECTRUM.write(measure_spectrum(load_factors(factors), repetitions), output)


@app.command("scales")
def scales(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """Curvature at the same optima with another scale between their factors."""
    from starnmf.factors import load_factors
    from starnmf.landscape.scales import measure_scales
    from starnmf.landscape.tables import SCALES
    from starnmf.matrix import load_matrix

    SCALES.write(measure_scales(load_matrix(matrix), load_factors(factors), threads), output)
