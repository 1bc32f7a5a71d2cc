"""The command that factorizes a matrix."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.choices import Device
from starnmf.cli.options import (
    DEFAULTS,
    DESCENT,
    DescentOption,
    DeviceOption,
    GradientCap,
    LearningRate,
    MatrixFile,
    Regimes,
    Rest,
    ResumeMinutes,
    Steps,
    Threads,
)
from starnmf.factorization.settings import Settings

app = typer.Typer(help="Many restarts, each followed to an optimum.", no_args_is_help=True)


@app.command("run")
def factorize(
    matrix: MatrixFile,
    folder: Annotated[Path, typer.Argument(help="Folder to write to: REGIME/rate-RATE.h5 and .csv in it.")],
    regime: Regimes,
    restarts: Annotated[int, typer.Option(min=1, help="Number of starts.")],
    repetitions: Annotated[int, typer.Option(min=0, help="Number of restarts with snapshots.")] = 0,
    descent: DescentOption = DESCENT,
    learning_rate: LearningRate = DEFAULTS.learning_rate,
    steps: Steps = DEFAULTS.steps,
    rest: Rest = DEFAULTS.rest,
    gradient_cap: GradientCap = DEFAULTS.gradient_cap,
    resume_minutes: ResumeMinutes = 5.0,
    device: DeviceOption = Device.AUTO,
    threads: Threads = 1,
) -> None:
    """Follow restarts to the times of regimes; a stopped run is resumed."""
    from shutil import rmtree

    from starnmf.device import choose_device
    from starnmf.factorization.descent import Resume, factorize
    from starnmf.factorization.summary import summary_of
    from starnmf.factorization.tables import RUNS
    from starnmf.factors import save_factors
    from starnmf.matrix import load_matrix

    X = load_matrix(matrix)
    name = f"rate-{X.description.rate}"
    unfinished = folder / f"unfinished-{name}"
    settings = Settings(descent.value, learning_rate, steps, rest, gradient_cap)
    resume = Resume(unfinished, 60 * resume_minutes)
    found = factorize(
        X,
        tuple(chosen.value for chosen in regime),
        settings,
        restarts,
        min(repetitions, restarts),
        choose_device(device.value),
        threads,
        resume,
    )
    for name_of_regime, factors in found.items():
        save_factors(factors, folder / name_of_regime / f"{name}.h5")
        RUNS.write(summary_of(factors, RUNS.names), folder / name_of_regime / f"{name}.csv")
    rmtree(unfinished, ignore_errors=True)
