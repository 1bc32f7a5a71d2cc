"""The experiments on random instances: each needs no other result and makes one table.

`EXPERIMENTS` declares them all. The rule `experiment` and the command `starnmf experiments run` run
any of them; what they measure is in the modules that are named here, which are imported only then.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from starnmf.errors import InputError


@dataclass(frozen=True)
class Experiment:
    """A table that is measured on random instances."""

    summary: str
    function: str
    """As `module:function`, below starnmf; the function returns the table."""
    arguments: tuple[str, ...] = ()
    """Of the function, in its order: some of trials, seed, threads."""
    trials_key: str = ""
    """The key of the configuration that says how many trials, where there are any."""
    memory: int = 1000
    """MB, an upper estimate."""
    trials_per_second: float = float("inf")
    """That one core does at least, where trials are what takes long."""

    @property
    def module(self) -> str:
        """The full name of the function's module."""
        return f"starnmf.{self.function.split(':')[0]}"


ALL = ("trials", "seed", "threads")

EXPERIMENTS = {
    "theory/convexity": Experiment(
        "Theorems 1 to 4: how often a line is not convex, against the size.",
        "theory.convexity:measure_convexity",
        ALL,
        "trials",
        memory=4000,
        trials_per_second=200,
    ),
    "theory/facts": Experiment(
        "Facts 3 to 10 by Monte Carlo, beside the paper's and the exact values.",
        "theory.facts:measure_facts",
        ("seed",),
        memory=2000,
    ),
    "theory/counting": Experiment(
        "Both sides of equations 4 and 10, put together from the facts.",
        "theory.facts:measure_counting",
        ("seed",),
        memory=2000,
    ),
    "theory/concentration": Experiment(
        "Equation 5 and Lemma 1: how terms of the proof scale with the size.",
        "theory.concentration:measure_concentration",
        ("seed", "threads"),
        memory=4000,
    ),
    "theory/identities": Experiment(
        "Equations 3, 8 and 9 and the counterexample, checked on random lines.",
        "theory.identities:measure_identities",
        ("seed",),
    ),
    "theory/profile": Experiment(
        "The mean second derivative along lines, beside its exact expectation.",
        "theory.profile:measure_profile",
        ("seed",),
    ),
    "theory/lines": Experiment(
        "The loss along lines of one planted instance.", "theory.lines:measure_planted_lines", ("seed",)
    ),
    "theory/surface": Experiment(
        "The surface of a function that is star-convex and not convex.", "theory.surface:measure_surface"
    ),
    "companions/isometry/counterexample": Experiment(
        "The slides' counterexample: its restricted isometry constant, and what its point x is.",
        "companions.isometry.counterexample:measure_counterexample",
    ),
    "companions/isometry/descent": Experiment(
        "How often stochastic gradient descent fails on the counterexample.",
        "companions.isometry.descent:measure_descent",
        ALL,
        "isometry_starts",
        memory=2000,
    ),
    "companions/isometry/pairs": Experiment(
        "The smallest delta that makes a point spurious, by semidefinite programming.",
        "companions.isometry.pairs:measure_pairs",
        ("trials", "seed"),
        "isometry_starts",
        memory=2000,
    ),
    "companions/isometry/starts": Experiment(
        "Errors from starts between a spurious local minimum and noise.",
        "companions.isometry.starts:measure_starts",
        ALL,
        "isometry_starts",
        memory=2000,
    ),
    "companions/purification/statements": Experiment(
        "Factors, expansions and bounds that the text prints, each measured.",
        "companions.purification.statements:measure_statements",
        ("seed",),
    ),
    "companions/purification/convergence": Experiment(
        "The coupled potential along the iterations, without noise, with and without the ReLU.",
        "companions.purification.convergence:measure_convergence",
        ALL,
        "purification_trials",
    ),
    "companions/purification/conditions": Experiment(
        "The error beyond the theorems' warm start, sparsity and balance, with and without balancing.",
        "companions.purification.conditions:measure_conditions",
        ALL,
        "purification_trials",
    ),
    "companions/purification/floors": Experiment(
        "The error that adversarial noise, unbiased noise and finite samples leave.",
        "companions.purification.floors:measure_floors",
        ALL,
        "purification_trials",
    ),
    "companions/inductive/constants": Experiment(
        "The moments of activation functions, beside the printed ones.",
        "companions.inductive.constants:measure_constants",
    ),
    "companions/inductive/identities": Experiment(
        "Facts B.1 and B.2, the proof of Lemma D.1 and Lemma D.4 on random matrices.",
        "companions.inductive.identities:measure_identities",
        ("seed",),
    ),
    "companions/inductive/orthogonal": Experiment(
        "The smallest eigenvalue at unitary weights, against the dimension.",
        "companions.inductive.orthogonal:measure_orthogonal",
    ),
    "companions/inductive/first_row": Experiment(
        "The ReLU's smallest eigenvalue with the first row of U fixed.",
        "companions.inductive.first_row:measure_first_row",
        ALL,
        "inductive_trials",
    ),
    "companions/inductive/conditioning": Experiment(
        "The smallest eigenvalue against the condition number of the weights.",
        "companions.inductive.conditioning:measure_conditioning",
        ALL,
        "inductive_trials",
    ),
    "companions/inductive/deviations": Experiment(
        "How far a sample's Hessian is from the population's.",
        "companions.inductive.deviations:measure_deviations",
        ALL,
        "inductive_trials",
        memory=2000,
    ),
    "companions/inductive/convergence": Experiment(
        "Gradient descent with a fresh sample in every step.",
        "companions.inductive.convergence:measure_convergence",
        ALL,
        "inductive_trials",
    ),
    "companions/inductive/phases": Experiment(
        "How often weights are recovered, over users, observations and starts.",
        "companions.inductive.phases:measure_phases",
        ALL,
        "inductive_trials",
        memory=2000,
    ),
}
"""Every experiment, by the name of its table: results/NAME.csv."""


def run_experiment(name: str, trials: int | None, seed: int, threads: int) -> Any:
    """Measure the table of an experiment.

    Parameters
    ----------
    name
        A key of `EXPERIMENTS`.
    trials
        Random instances of every kind; for experiments that take a number of them.
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
        If there is no such experiment, or `trials` is given to one that takes none or not to one
        that does.
    """
    if name not in EXPERIMENTS:
        raise InputError(f"experiment: found {name!r}; expected one of {', '.join(EXPERIMENTS)}")
    experiment = EXPERIMENTS[name]
    if (trials is not None) != ("trials" in experiment.arguments):
        found, expected = ("no --trials", "their number") if trials is None else (f"--trials {trials}", "none")
        raise InputError(f"{name}: found {found}; expected {expected}")
    function = getattr(import_module(experiment.module), experiment.function.split(":")[1])
    given = {"trials": trials, "seed": seed, "threads": threads}
    return function(*(given[argument] for argument in experiment.arguments))
