"""Commands that measure the loss around optima."""

from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated

import typer

from starnmf.choices import Device
from starnmf.cli import settings
from starnmf.cli.options import DeviceOption, MatrixFile, OutputCsv, Threads

if TYPE_CHECKING:
    from starnmf.factors import Factors
    from starnmf.matrix import Matrix

app = typer.Typer(help="Curvature of the loss along segments.", no_args_is_help=True)

FactorsFile = Annotated[Path, typer.Argument(help="HDF5 of factors.", exists=True)]
Points = Annotated[int, typer.Option(min=1, help="Random points to measure from.")]


def _loaded(matrix: Path, factors: Path) -> "tuple[Matrix, Factors]":
    """A matrix and its factors."""
    from starnmf.factors import load_factors
    from starnmf.matrix import load_matrix

    return load_matrix(matrix), load_factors(factors)


@app.command("curvature")
def curvature(
    matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, points: Points, threads: Threads = 1
) -> None:
    """Curvature (eq. 6) and chord violation from every random point to every optimum."""
    from starnmf.landscape.curvature import measure_subsamples
    from starnmf.landscape.tables import CURVATURE
    from starnmf.subsamples import load_factors_of_subsamples, load_matrices

    parts = load_matrices(matrix), load_factors_of_subsamples(factors)
    CURVATURE.write(measure_subsamples(*parts, points, threads), output)


@app.command("ranks")
def ranks(
    matrix: MatrixFile,
    own: Annotated[
        list[Path], typer.Argument(help="HDF5 of its factors at its own rank, one of every regime.", exists=True)
    ],
    folder: Annotated[Path, typer.Argument(help="Folder to write to: REGIME/ranks.csv in it.")],
    factor: Annotated[
        list[float], typer.Option(min=0, help="Rank as a multiple of the matrix's own; may be given several times.")
    ],
    restarts: Annotated[int, typer.Option(min=1, help="Number of starts of each rank.")],
    points: Points,
    descent: settings.DescentOption = settings.DESCENT,
    learning_rate: settings.LearningRate = settings.DEFAULTS.learning_rate,
    steps: settings.Steps = settings.DEFAULTS.steps,
    rest: settings.Rest = settings.DEFAULTS.rest,
    gradient_cap: settings.GradientCap = settings.DEFAULTS.gradient_cap,
    resume_minutes: settings.ResumeMinutes = 5.0,
    device: DeviceOption = Device.AUTO,
    threads: Threads = 1,
) -> None:
    """Curvature from random points to optima of several ranks; a stopped run is resumed."""
    from starnmf.device import choose_device
    from starnmf.factorization.descent import Resume
    from starnmf.factorization.other_ranks import Descents
    from starnmf.factorization.settings import Settings
    from starnmf.factors import load_factors
    from starnmf.landscape.ranks import measure_ranks, ranks_of
    from starnmf.landscape.tables import RANKS
    from starnmf.matrix import load_matrix

    X = load_matrix(matrix)
    unfinished = folder / "unfinished-ranks"
    descents = Descents(
        Settings(descent.value, learning_rate, steps, rest, gradient_cap),
        choose_device(device.value),
        threads,
        Resume(unfinished, 60 * resume_minutes),
    )
    factors = {str(found.attributes["regime"]): found for found in map(load_factors, own)}
    for name, table in measure_ranks(X, ranks_of(X, factor), factors, restarts, points, descents).items():
        RANKS.write(table, folder / name / "ranks.csv")
    rmtree(unfinished, ignore_errors=True)


@app.command("lines")
def along_lines(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    lines: Annotated[int, typer.Option(min=1, help="Segments of each kind.")] = 5,
) -> None:
    """Loss along segments between random points and from random points to optima."""
    from starnmf.landscape.lines import measure_lines
    from starnmf.landscape.tables import LINES

    LINES.write(measure_lines(*_loaded(matrix, factors), lines), output)


@app.command("trajectory")
def trajectory(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """Cosine of the negative gradient with x* - x(0), and curvature towards the end x*, along a descent."""
    from starnmf.factors import load_snapshots
    from starnmf.landscape.tables import TRAJECTORY
    from starnmf.landscape.trajectory import measure_trajectory

    TRAJECTORY.write(measure_trajectory(*_loaded(matrix, factors), load_snapshots(factors), threads), output)


@app.command("times")
def times(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, points: Points, threads: Threads = 1) -> None:
    """Curvature from random points towards the position of the flow, at every time."""
    from starnmf.factors import load_snapshots
    from starnmf.landscape.tables import TIMES
    from starnmf.landscape.times import measure_times

    TIMES.write(measure_times(*_loaded(matrix, factors), load_snapshots(factors), points, threads), output)


@app.command("steps")
def steps(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """Ends of a restart at the time of `published`: on the flow, and by the paper's gradient steps."""
    from starnmf.landscape.steps import measure_steps
    from starnmf.landscape.tables import STEPS

    STEPS.write(measure_steps(*_loaded(matrix, factors), threads), output)


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
    """Curvature at the same optima with other scales of their factors."""
    from starnmf.landscape.scales import measure_scales
    from starnmf.landscape.tables import SCALES

    SCALES.write(measure_scales(*_loaded(matrix, factors), threads), output)
