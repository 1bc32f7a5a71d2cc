"""Worlds of planted problems: with spurious minima where entries are unobserved, everywhere, or nowhere."""

from functools import partial

import pandas as pd

from starnmf.statistics import share_columns
from starnmf.theory.tables import SPURIOUS
from tests.claims.worlds.world import worlds_of


def ends(random, partly=0.1, fully=0.0, trials=1000):
    """Ends of descents from independent starts, of which these shares are spurious minima above rank 1."""
    rows = []
    for law in ("half-normal", "Beta(0.265, 1)"):
        for true_rank in (1, 2, 3):
            for rank in (true_rank, true_rank + 1):
                for observed, chance in ((1.0, fully), (0.6, partly * (true_rank > 1))):
                    hits = int(random.binomial(trials, chance))
                    undecided = int(random.binomial(trials - hits, 0.05))
                    rows.append(
                        {"law": law, "true_rank": true_rank, "rank": rank, "observed": observed, "n": 16, "m": 16,
                         "trials": trials, **share_columns("spurious", hits, trials), "saddles": 0,
                         "planted": trials - hits - undecided, "undecided": undecided, "spurious_loss": 0.01}
                    )  # fmt: skip
    return pd.DataFrame(rows)


PARTLY, FULLY = "beyond-spurious", "beyond-spurious-observed"

SPURIOUS_MINIMA = worlds_of(
    SPURIOUS,
    (f"{PARTLY} {FULLY}", True, "one descent in ten where entries are unobserved", ends),
    (PARTLY, True, "one in fifty", partial(ends, partly=0.02)),
    (PARTLY, True, "one in fifty, few trials", partial(ends, partly=0.02, trials=20), False),
    (PARTLY, False, "nowhere", partial(ends, partly=0.0)),
    (PARTLY, False, "nowhere, few trials", partial(ends, partly=0.0, trials=20), False),
    (FULLY, False, "one in five everywhere", partial(ends, fully=0.2, partly=0.2)),
    (FULLY, True, "one in a hundred everywhere", partial(ends, fully=0.01)),
)
