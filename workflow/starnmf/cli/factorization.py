"""The command that factorizes a matrix."""

from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer

from starnmf.choices import Device
from starnmf.cli import settings
from starnmf.cli.options import DeviceOption, MatrixFile, Regimes, Threads
from starnmf.factorization.settings import Settings

app = typer.Typer(help="Many restarts, each followed to an optimum.", no_args_is_help=True)


@app.command("run")
def factorize(
    matrix: MatrixFile,
    folder: Annotated[Path, typer.Argument(help="Folder to write to: REGIME/rate-RATE.h5 and .csv in it.")],
    regime: Regimes,
    restarts: Annotated[int, typer.Option(min=1, help="Number of starts, which the subsamples of a rate share.")],
    repetitions: Annotated[int, typer.Option(min=0, help="Number of restarts with snapshots.")] = 0,
    descent: settings.DescentOption = settings.DESCENT,
    learning_rate: settings.LearningRate = settings.DEFAULTS.learning_rate,
    steps: settings.Steps = settings.DEFAULTS.steps,
    rest: settings.Rest = settings.DEFAULTS.rest,
    gradient_cap: settings.GradientCap = settings.DEFAULTS.gradient_cap,
    resume_minutes: settings.ResumeMinutes = 5.0,
    device: DeviceOption = Device.AUTO,
    threads: Threads = 1,
) -> None:
    """Follow restarts to the times of regimes, one subsample after another; a stopped run is resumed."""
    from starnmf.device import choose_device
    from starnmf.factorization.descent import Resume, factorize
    from starnmf.factorization.summary import summary_of_subsamples
    from starnmf.factorization.tables import RUNS
    from starnmf.subsamples import load_matrices, restarts_of, save_factors_of_subsamples, subsamples_in

    subsamples, found = subsamples_in(matrix), []
    for number, X in enumerate(load_matrices(matrix)):
        name = f"rate-{X.description.rate}"
        unfinished = folder / f"unfinished-{name}"
        share = restarts_of(number, restarts, subsamples)
        of_regimes = factorize(
            X,
            tuple(chosen.value for chosen in regime),
            Settings(descent.value, learning_rate, steps, rest, gradient_cap),
            share,
            min(repetitions, share),
            choose_device(device.value),
            threads,
            # A finished subsample is read from its state when the run is resumed.
            Resume(unfinished / f"subsample-{number}" if subsamples > 1 else unfinished, 60 * resume_minutes),
        )
        found.append(of_regimes)
    for name_of_regime in found[0]:
        parts = [of_regimes[name_of_regime] for of_regimes in found]
        save_factors_of_subsamples(parts, folder / name_of_regime / f"{name}.h5")
        RUNS.write(summary_of_subsamples(parts, RUNS.names), folder / name_of_regime / f"{name}.csv")
    rmtree(unfinished, ignore_errors=True)
