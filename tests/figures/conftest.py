"""Result tables with known content, as the landscape stage would write them."""

import numpy as np
import pandas as pd
import pytest

from starnmf.factorization.tables import RUNS
from starnmf.landscape.tables import CURVATURE, LINES, RANKS, SPECTRUM, TIMES, TRAJECTORY
from starnmf.optima.tables import PAIRS
from tests.filled_tables import write_filled

IDENTITY = {
    "descent": "flow",
    "source": "stand-in",
    "data_sha256": "ab12",
    "seed": 3,
    "reduction": 8.0,
    "rank": 4,
    "device": "cpu",
}


NAMES = {
    RUNS: "runs",
    LINES: "lines",
    CURVATURE: "curvature",
    TRAJECTORY: "trajectory",
    TIMES: "times",
    RANKS: "ranks",
    SPECTRUM: "spectrum",
    PAIRS: "pairs",
}
"""What the methods are called that make the rows of tables."""


class Tables:
    """Tidy tables of a few datasets under one regime, saved as CSV files one dataset each."""

    subsamples = 3

    def __init__(self, folder, datasets, regime, capped=0, **identity):
        self.folder, self.datasets, self.regime = folder, datasets, regime
        self.random = np.random.default_rng(2)
        self.capped, self.identity = capped, IDENTITY | identity

    def save(self, table):
        """Write a result table as one file for every dataset."""
        kind, paths = NAMES[table], []
        for dataset in self.datasets:
            rows = pd.DataFrame(getattr(self, kind)())
            rows.insert(0, "dataset", dataset)
            rows.insert(1, "regime", self.regime)
            paths.append(self.folder / f"{dataset}-{kind}.csv")
            write_filled(table, rows, paths[-1])
        return paths

    def runs(self):
        rates, restarts = np.repeat([0.5, 1.0], 4), np.tile(range(4), 2)
        return self.identity | {"rate": rates, "restart": restarts, "converged": restarts >= self.capped}

    def lines(self):
        at = np.linspace(0, 1, 101)
        rows = [
            {"kind": kind, "line": line, "lambda": x, "loss": (1.2 - x) ** 2 + 0.1 * line}
            for kind in ("random-random", "random-optimum")
            for line in range(5)
            for x in at
        ]
        return rows

    def curvature(self):
        grid = np.indices((2, 12, 9)).reshape(3, -1)
        alpha = 1 + 0.2 * self.random.standard_normal(grid.shape[1])
        rate = np.array([0.5, 1.0])[grid[0]]
        subsample = np.where(rate == 1, 0, grid[1] % self.subsamples)
        return {"rate": rate, "subsample": subsample, "optimum": grid[1], "point": grid[2], "alpha": alpha}

    def trajectory(self):
        steps = [0, 1, 2, 5, 10, 20, 50, 100]
        return [
            {
                "repetition": r,
                "time": 1e-7 * s,
                "step": s,
                "paper_time": 2e-6,
                "cosine": 0.9 - 0.001 * s + 0.01 * r,
                "projected_cosine": 0.95 - 0.001 * s,
                "alpha": 0.1 + 0.01 * r - 0.0005 * s,
            }
            for r in range(5)
            for s in steps[: 8 - (r == 4)]
        ]

    def times(self):
        return [
            {"restart": k, "point": q, "time": t, "paper_time": 1e-3, "loss": 1 / (1 + t), "alpha": 1.5 + k - q - t}
            for k in range(3)
            for q in range(4)
            for t in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)[: 5 - (k == 2)]
        ]

    def ranks(self):
        return [
            {
                "rank": r,
                "restart": k,
                "point": q,
                "converged": k > 0 or r < 8,
                "alpha": 1 + 0.1 * k - 0.01 * q - r / 5,
                "chord_violation": max(0.0, 0.1 * r - 0.3 + 0.01 * k),
            }
            for r in (1, 2, 4, 8)
            for k in range(3)
            for q in range(4)
        ]

    def pairs(self):
        return [
            {"restart": i, "other": j, "largest_distance": 10.0 ** -(i + j), "rise": 0.1 * i, "rise_unmatched": 1.0 + j}
            for i in range(4)
            for j in range(i + 1, 4)
        ]

    def spectrum(self):
        return [
            {"factor": f, "matrix": matrix, "repetition": r, "index": i, "singular_value": 10.0 / (1 + i + 0.1 * r)}
            for f in "UV"
            for matrix in ("optimum", "random")
            for r in range(3)
            for i in range(6)
        ]


@pytest.fixture
def tables(tmp_path):
    def make(datasets, regime="published", **settings):
        return Tables(tmp_path, datasets, regime, **settings)

    return make


@pytest.fixture
def saved_alike(tmp_path):
    """A check of `draw(pdf, png)`: twice drawn, both files are whole and have the same bytes."""

    def check(draw):
        for attempt in "ab":
            draw(tmp_path / f"{attempt}.pdf", tmp_path / f"{attempt}.png")
        for suffix, end in (("pdf", b"%%EOF"), ("png", b"IEND\xaeB`\x82")):
            first, second = ((tmp_path / f"{attempt}.{suffix}").read_bytes() for attempt in "ab")
            assert first == second
            assert first.rstrip(b"\n").endswith(end)

    return check
