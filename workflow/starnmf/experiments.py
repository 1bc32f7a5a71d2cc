"""The experiments of theory and companions by name; one rule and one command run any of them.

The modules of their functions are imported when an experiment runs.
"""

from pkgutil import resolve_name
from typing import Any

from starnmf.companions.inductive import tables as inductive
from starnmf.companions.isometry import tables as isometry
from starnmf.companions.purification import tables as purification
from starnmf.errors import InputError
from starnmf.theory import tables as theory

EXPERIMENTS = {
    experiment.table.name: experiment
    for stage in (theory, isometry, purification, inductive)
    for experiment in stage.EXPERIMENTS
}
"""Every experiment, by the name of its table: NAME.csv in the folder of a run."""


def run_experiment(name: str, trials: int | None, seed: int, threads: int) -> Any:
    """Measure the table of an experiment.

    Parameters
    ----------
    name
        A key of `EXPERIMENTS`.
    trials
        Number of random instances of every kind, for experiments that have trials.
    seed
        The run's seed.
    threads
        Threads; the result does not depend on their number.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If there is no such experiment, or if `trials` is missing where it is needed or given where
        it is not.
    """
    from starnmf.blocks import one_thread_per_block  # here, as every start of Snakemake reads this module

    if name not in EXPERIMENTS:
        raise InputError(f"experiment: found {name!r}; expected one of {', '.join(EXPERIMENTS)}")
    experiment = EXPERIMENTS[name]
    if (trials is not None) != ("trials" in experiment.arguments):
        found, expected = ("no --trials", "their number") if trials is None else (f"--trials {trials}", "none")
        raise InputError(f"{name}: found {found}; expected {expected}")
    given = {"trials": trials, "seed": seed, "threads": threads}
    with one_thread_per_block():
        return resolve_name(f"starnmf.{experiment.function}")(*(given[argument] for argument in experiment.arguments))
