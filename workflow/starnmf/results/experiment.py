"""What an experiment is: a table that is measured on random instances and needs no other result.

Every stage declares its experiments beside their tables.
"""

from dataclasses import dataclass

from starnmf.named_functions import module_of
from starnmf.results.table import Table


@dataclass(frozen=True)
class Experiment:
    """A table that is measured on random instances."""

    table: Table
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
        return module_of(self.function)


ALL = ("trials", "seed", "threads")
"""Arguments of most experiments."""
