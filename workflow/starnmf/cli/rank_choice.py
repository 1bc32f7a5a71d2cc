"""Commands that choose a rank."""

from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer

from starnmf.choices import Device
from starnmf.cli import settings
from starnmf.cli.options import DeviceOption, MatrixFile, Threads

app = typer.Typer(help="Which rank a matrix has, and how many restarts are enough.", no_args_is_help=True)


@app.command("measure")
def measure(
    matrix: MatrixFile,
    folder: Annotated[Path, typer.Argument(help="Folder to write to: ranks.csv, restarts.csv and held_out.csv.")],
    restarts: Annotated[int, typer.Option(min=1, help="Number of starts of each rank.")],
    points: Annotated[int, typer.Option(min=1, help="Random points to measure curvature from.")],
    splits: Annotated[int, typer.Option(min=1, help="Random splits of the entries for held-out errors.")],
    rank: Annotated[
        list[int] | None, typer.Option(min=1, help="Rank to try; may be given several times.", show_default=False)
    ] = None,
    descent: settings.DescentOption = settings.DESCENT,
    learning_rate: settings.LearningRate = settings.DEFAULTS.learning_rate,
    steps: settings.Steps = settings.DEFAULTS.steps,
    rest: settings.Rest = settings.DEFAULTS.rest,
    gradient_cap: settings.GradientCap = settings.DEFAULTS.gradient_cap,
    resume_minutes: settings.ResumeMinutes = 5.0,
    device: DeviceOption = Device.AUTO,
    threads: Threads = 1,
) -> None:
    """Loss, stability, convexity and held-out error of several ranks; a stopped run is resumed."""
    from starnmf.device import choose_device
    from starnmf.factorization.descent import Resume
    from starnmf.factorization.other_ranks import Descents
    from starnmf.factorization.settings import Settings
    from starnmf.matrix import load_matrix
    from starnmf.rank_choice.measurement import measure_rank_choice, ranks_to_try

    X = load_matrix(matrix)
    unfinished = folder / "unfinished-ranks"
    descents = Descents(
        Settings(descent.value, learning_rate, steps, rest, gradient_cap),
        choose_device(device.value),
        threads,
        Resume(unfinished, 60 * resume_minutes),
    )
    for table, rows in measure_rank_choice(X, ranks_to_try(X, rank), restarts, points, splits, descents).items():
        table.write(rows, folder / Path(table.path).name)
    rmtree(unfinished, ignore_errors=True)
