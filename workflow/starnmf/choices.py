"""The choices that commands, configuration and results name, each by its value."""

from enum import StrEnum


class Regime(StrEnum):
    """A time on the gradient flow: see `factorization.regimes`."""

    LITERAL = "literal"
    PUBLISHED = "published"
    CONVERGED = "converged"


class Descent(StrEnum):
    """The flow; gradient descent's own steps; or HALS, which finds the optima of `converged` only."""

    FLOW = "flow"
    STEPS = "steps"
    HALS = "hals"

    @property
    def printed(self) -> str:
        """What it is called in print."""
        return {"flow": "gradient flow", "steps": "gradient descent", "hals": "HALS"}[self]

    @property
    def follows_flow(self) -> bool:
        """Whether its path is that of gradient descent, and all regimes lie on it."""
        return self is not Descent.HALS


class Device(StrEnum):
    """Where arithmetic runs; `auto` is a GPU where torch sees one."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Source(StrEnum):
    """Where raw files come from: their publishers, a copy of these, or generated ones in their format."""

    PUBLISHED = "published"
    MIRROR = "mirror"
    STAND_IN = "stand-in"


class BatchNorm(StrEnum):
    """By the training's statistics, or by those of each batch."""

    EVAL = "eval"
    BATCH = "batch"
