"""One row per restart: what figures and readers need to know of a factorization without its factors."""

import csv
import math
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
    "optimizer",
    "device",
)


def write_summary(factors: Factors, path: Path) -> None:
    """Write, per restart, the identity of the run, loss, steps, step size and whether it converged or met the step cap.

    `mean` is that of the data and `start_mean` that of the product of the start's factors, which should match it.

    Without pandas, which takes longer to load than a small descent takes.
    """
    columns = {
        "restart": list(range(len(factors.loss))),
        "start_mean": [_start_mean(factors, restart) for restart in range(len(factors.loss))],
        "loss": factors.loss.tolist(),
        "steps": factors.steps.tolist(),
        "step_cap": [factors.attributes["step_cap"]] * len(factors.loss),
        "learning_rate": ["" if math.isnan(size) else size for size in factors.step_size.tolist()],
        "converged": factors.converged.tolist(),
        "projected_gradient": factors.projected_gradient.tolist(),
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
