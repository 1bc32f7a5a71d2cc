"""Choices in commands, configuration and results, each named by its value."""

from enum import StrEnum


class Regime(StrEnum):
    """A time on the gradient flow, see `factorization.regimes`."""

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
        """Its name in texts."""
        return {"flow": "gradient flow", "steps": "gradient descent", "hals": "HALS"}[self]

    @property
    def follows_flow(self) -> bool:
        """Whether it follows the gradient flow, on which all regimes lie."""
        return self is not Descent.HALS

    @property
    def needs_all_entries(self) -> bool:
        """Whether it needs a fully observed matrix."""
        return self is Descent.HALS


class Device(StrEnum):
    """Where arithmetic runs; `auto` is a GPU where torch finds one."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Source(StrEnum):
    """Source of raw files: their publishers, a copy of these, or synthetic data in their format."""

    PUBLISHED = "published"
    MIRROR = "mirror"
    STAND_IN = "stand-in"


class BatchNorm(StrEnum):
    """Batch norm with the statistics of the training, or with those of each batch."""

    EVAL = "eval"
    BATCH = "batch"

    @property
    def printed(self) -> str:
        """What it normalises with, in texts."""
        return {"eval": "by the training's statistics", "batch": "by the statistics of each batch"}[self]
