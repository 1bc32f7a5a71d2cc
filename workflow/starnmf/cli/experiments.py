"""Commands that measure tables on random instances."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.cli.options import ExpandedLimit, OutputCsv, Seed, SourceOption, Threads
from starnmf.datasets import EXPANDED_LIMIT

app = typer.Typer(help="Theory and companions: tables that are measured on random instances.", no_args_is_help=True)


@app.command("run")
def run_experiment(
    name: Annotated[str, typer.Argument(help="Name of the table; `starnmf experiments list` shows all.")],
    output: OutputCsv,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Random instances or starts; slow parts take a fixed share of them.")
    ] = None,
    seed: Seed = 0,
    threads: Threads = 1,
) -> None:
    """Measure one table of the theory or of the companions."""
    from starnmf.experiments import EXPERIMENTS, run_experiment

    measured = run_experiment(name, trials, seed, threads)
    EXPERIMENTS[name].table.write(measured, output)


@app.command("list")
def list_experiments() -> None:
    """Print the experiments: name, what it measures, and --trials where it takes a number of them."""
    from starnmf.experiments import EXPERIMENTS

    for name, experiment in EXPERIMENTS.items():
        print(f"{name:36}{experiment.table.summary}{' --trials' if 'trials' in experiment.arguments else ''}")


@app.command("cold-start")
def cold_start(
    folder: Annotated[Path, typer.Argument(help="Folder that holds MovieLens-1M's files.", exists=True)],
    output: OutputCsv,
    source: SourceOption,
    trials: Annotated[int, typer.Option(min=1, help="Random splits of the users.")],
    seed: Seed = 0,
    threads: Threads = 1,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Ratings of unseen users from demographics and genres, a random split of the users for each trial."""
    from starnmf.companions.inductive.cold_start import measure_cold_start
    from starnmf.companions.inductive.tables import COLD_START

    COLD_START.write(measure_cold_start(folder, source.value, trials, seed, threads, expanded_limit), output)
