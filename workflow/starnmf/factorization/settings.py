"""What is set of a factorization, with the defaults that the command and `config.yaml` share."""

from dataclasses import dataclass
from math import inf

from starnmf.choices import Descent
from starnmf.errors import InputError

LARGEST_REST = 0.1
MOST_STEPS = 10**12
"""Beyond any that could be taken, and below what a 64-bit integer holds."""


@dataclass(frozen=True)
class Settings:
    """What the configuration says of descent."""

    descent: str = "flow"
    """`flow`; `steps`, the discrete steps themselves; or `hals`, which finds the optima of `converged` only."""
    learning_rate: float = 1e-7
    steps: int = 10_000
    rest: float = 1e-3
    """Converged: the loss fell by less than this share of itself over the last doubling of time, and the point is
    nearly stationary."""
    gradient_cap: int = 30_000
    """Gradients (iterations of HALS) after which a restart stops without having converged."""

    def __post_init__(self) -> None:
        """Raise `InputError` on an unknown way of descent, and on numbers that no descent can have."""
        if self.descent not in set(Descent):
            raise InputError(f"descent: found {self.descent!r}; expected one of {', '.join(Descent)}")
        if not 0 < self.learning_rate < inf:
            raise InputError(f"learning_rate: found {self.learning_rate:g}; expected a number above 0")
        if not 0 < self.rest <= LARGEST_REST:
            raise InputError(f"rest: found {self.rest:g}; expected a number above 0 and at most {LARGEST_REST}")
        if not 1 <= self.steps <= MOST_STEPS:
            raise InputError(f"steps: found {self.steps:g}; expected a whole number from 1 to {MOST_STEPS:g}")
