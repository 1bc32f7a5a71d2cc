"""What is set of a factorization, with the defaults that the command and `config.yaml` share."""

from dataclasses import dataclass

from starnmf.choices import Descent
from starnmf.errors import InputError


@dataclass(frozen=True)
class Settings:
    """What the configuration says of descent."""

    descent: str = "flow"
    """`flow`; `steps`, the discrete steps themselves; or `hals`, which finds the optima of `converged` only."""
    learning_rate: float = 1e-7
    steps: int = 10_000
    rest: float = 1e-3
    """Converged: the loss fell by less than this share of itself over the last doubling of time."""
    gradient_cap: int = 30_000
    """Gradients (iterations of HALS) after which a restart stops without having converged."""

    def __post_init__(self) -> None:
        """Raise `InputError` on an unknown way of descent."""
        if self.descent not in set(Descent):
            raise InputError(f"descent: found {self.descent!r}; expected one of {', '.join(Descent)}")
