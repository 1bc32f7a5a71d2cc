"""One row per restart: what figures and readers need to know of a factorization without its
factors.
"""

import csv
from pathlib import Path

from starnmf.factorization.initialization import draw_starts
from starnmf.factors import Factors
from starnmf.whole_file import whole_file

IDENTITY = (
    "dataset",
    "regime",
    "rate",
    "source",
    "data_sha256",
    "seed",
    "n",
    "m",
    "rank",
    "observed",
    "mean",
    "reduction",
    "descent",
    "step_size",
    "device",
)

ENDS = ("loss", "time", "gradients", "converged", "loss_change", "alpha_change", "projected_gradient")


def write_summary(factors: Factors, path: Path) -> None:
    """Write, per restart, the identity of the run and how the restart ended.

    `mean` is that of the data and `start_mean` that of the product of the start's factors, which
    should match it; the other columns are as in `Factors`.

    Without pandas, which takes longer to load than a small descent takes.
    """
    columns = {
        "restart": list(range(len(factors.loss))),
        "start_mean": [_start_mean(factors, restart) for restart in range(len(factors.loss))],
        **{name: getattr(factors, name).tolist() for name in ENDS},
    }
    identity = [factors.attributes[name] for name in IDENTITY]
    with whole_file(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*IDENTITY, *columns])
        writer.writerows([*identity, *row] for row in zip(*columns.values(), strict=True))


def _start_mean(factors: Factors, restart: int) -> float:
    """Mean entry of U0 V0, from the sums over U0's columns and V0's rows."""
    U, V = draw_starts(factors.attributes, "start", range(restart, restart + 1))
    return float(U[0].mean(axis=0) @ V[0].mean(axis=1))
