"""Worlds of optima: restarts that are one solution or several, with and without barriers, with and without a centre."""

from functools import partial

import numpy as np
import pandas as pd

from starnmf.optima.tables import CENTRES, PAIRS
from tests.claims.worlds.landscape import cases
from tests.claims.worlds.world import worlds_of

RANKS = 8


def pairs(random, solutions=(1.0,), within=1e-5, between=0.3, count=100, far=False):
    """Restarts that end in one of several solutions with these probabilities.

    The loss rises by about `within` between two of the same solution, and by about `between` elsewhere. With `far`,
    those of the same solution have one rank that is not equivalent.
    """
    restart, other = np.triu_indices(count, 1)

    def of_case(_):
        solution = random.choice(len(solutions), size=count, p=solutions)
        same = solution[restart] == solution[other]
        few = random.integers(0, RANKS, len(same)) / RANKS
        spread = np.exp(0.5 * random.standard_normal(len(same)))
        rise = spread * np.where(same, within, between)
        return pd.DataFrame(
            {"restart": restart, "other": other, "converged": True, "loss": 0.1,
             "equivalent": np.where(same, 1 - far / RANKS, few), "close": np.where(same, 1 - far / RANKS, few / 2),
             "equivalent_unmatched": 1 / RANKS, "largest_distance": np.where(same & (not far), 1e-3, 0.4),
             "rise": rise, "excess": 1.1 * rise, "rise_unmatched": 5 * spread, "excess_unmatched": 6 * spread}
        )  # fmt: skip

    return cases(of_case)


def many(solutions):
    """As many solutions, all as probable."""
    return (1 / solutions,) * solutions


def centres(random, from_centre=1e-4, elsewhere=0.3, count=100):
    """Rises between restarts by chance around `elsewhere`; between one of them and the others around `from_centre`."""

    def of_case(_):
        size = np.full((count, count), elsewhere)
        size[0], size[:, 0] = from_centre, from_centre
        rise = size * np.exp(0.5 * random.standard_normal((count, count)))
        rise = np.sqrt(rise * rise.T)
        np.fill_diagonal(rise, 0)
        rows = []
        for restart in range(count):
            kept = np.delete(np.arange(count), restart)
            among = rise[np.ix_(kept, kept)]
            centre = kept[among.max(axis=1).argmin()]
            others = rise[kept[kept != centre], restart]
            rows.append(
                {"restart": restart, "centre": centre, "rise": rise[centre, restart],
                 "random_rise": np.median(rise[kept, restart]), "lower": (others < rise[centre, restart]).mean(),
                 "mean_rise": elsewhere}
            )  # fmt: skip
        return pd.DataFrame(rows)

    return cases(of_case)


EQUIVALENT, BARRIER = "beyond-equivalent", "beyond-no-barrier"
CENTRE, BETTER = "beyond-star-centre", "beyond-better-centre"

OPTIMA = [
    *worlds_of(
        PAIRS,
        (f"{EQUIVALENT} {BARRIER}", True, "one solution", pairs),
        (EQUIVALENT, True, "one solution in 995 of 1,000 restarts", partial(pairs, solutions=(0.995, 0.005)), False),
        (f"{EQUIVALENT} {BARRIER}", False, "two solutions, as probable", partial(pairs, solutions=many(2))),
        (EQUIVALENT, False, "one in 5 restarts is another solution", partial(pairs, solutions=(0.8, 0.2))),
        (EQUIVALENT, False, "another solution in every restart", partial(pairs, solutions=many(10_000))),
        (EQUIVALENT, False, "alike but for one rank", partial(pairs, far=True)),
        (EQUIVALENT, False, "two solutions, 12 restarts", partial(pairs, solutions=many(2), count=12), False),
        (BARRIER, True, "other solutions without barriers", partial(pairs, solutions=many(20), between=1e-4)),
        (BARRIER, False, "barriers of a twentieth", partial(pairs, solutions=many(20), between=0.05)),
    ),
    *worlds_of(
        CENTRES,
        (f"{CENTRE} {BETTER}", True, "a hub without barriers", centres),
        (BETTER, True, "a hub with half the barriers", partial(centres, from_centre=0.1)),
        (CENTRE, False, "a hub with half the barriers", partial(centres, from_centre=0.1)),
        (CENTRE, False, "barriers between all by chance", partial(centres, from_centre=0.3)),
        (BETTER, False, "barriers between all by chance", partial(centres, from_centre=0.3), False),
    ),
]  # fmt: skip
