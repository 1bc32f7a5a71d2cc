"""Experiments: tables that are measured on random instances and need no other result.

Every stage declares its experiments beside their tables.
"""

from dataclasses import dataclass

from starnmf.results.table import Table


@dataclass(frozen=True)
class Experiment:
    """A table that is measured on random instances."""

    table: Table
    function: str
    """The function that returns the table, as `module:function` below starnmf."""
    arguments: tuple[str, ...] = ()
    """The function's arguments in order: some of trials, seed, threads."""
    trials_key: str = ""
    """The configuration key with the number of trials; empty for an experiment without trials."""
    memory: int = 1000
    """MB, an upper estimate."""
    trials_per_second: float = float("inf")
    """Lower bound for one core; infinite where trials take no time that counts."""

    @property
    def module(self) -> str:
        """The full name of the function's module."""
        return f"starnmf.{self.function.split(':')[0]}"


ALL = ("trials", "seed", "threads")
"""Arguments of most experiments."""
