"""A world: result tables drawn from a model that makes one claim true or false."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from starnmf.results.table import Table


@dataclass(frozen=True)
class World:
    """A model of a result table in which a claim is known to hold, or known not to.

    Worlds are written from the statement of a claim and the declaration of its table alone: whoever writes one has not
    looked at how the claim is measured, nor at the limit of its criterion.
    """

    claim: str
    holds: bool
    story: str
    """What the world is like."""
    table: Table
    rows: Callable[[np.random.Generator], pd.DataFrame]
    ample: bool = True
    """Whether the rows are enough for anybody to decide: most verdicts on such worlds must be decided."""

    def __str__(self):
        return f"{self.claim}: {self.story}"


def worlds_of(table, *rows):
    """Worlds about one table, each given as claims, truth, story, model and whether its rows are ample."""
    return [
        World(claim, holds, story, table, model, *ample)
        for claims, holds, story, model, *ample in rows
        for claim in claims.split()
    ]
