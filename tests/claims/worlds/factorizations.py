"""Worlds of matrices, restarts and spectra: eight datasets with the shapes of Table 1."""

from functools import cache, partial

import numpy as np
import pandas as pd

from starnmf.claims.data import PAPER_DATASETS
from starnmf.datasets.registry import published
from starnmf.datasets.tables import MATRICES
from starnmf.factorization.tables import RUNS
from starnmf.landscape.tables import SPECTRUM
from tests.claims.worlds.landscape import REGIMES, cases
from tests.claims.worlds.world import worlds_of


def runs(random, excess=1.002, start=1.0, among=PAPER_DATASETS):
    """Sixteen restarts of each case; the losses of `published` are `excess` times those of optima."""

    def of_case(name):
        entry = published(name)
        n, m = entry.shape
        # The mean of U0 V0 is that of the products of column means of U0 and row means of V0.
        spread = 0.756 * (1 / (n * entry.rank) + 1 / (m * entry.rank)) ** 0.5
        return pd.DataFrame(
            {"rate": 1.0, "subsample": 0, "source": "published", "data_sha256": "ab12", "seed": 0, "n": n, "m": m,
             "rank": entry.rank, "observed": n * m, "mean": 1.7, "reduction": 1.0, "descent": "flow",
             "step_size": 1e-7, "device": "cpu", "restart": np.arange(16),
             "start_mean": 1.7 * (start if name in among else 1) * (1 + spread * random.standard_normal(16)),
             "loss": 0.1 * (1 + 0.002 * random.standard_normal(16)), "time": 1e-3, "gradients": 300,
             "converged": True, "loss_change": 1e-4, "alpha_change": 1e-3, "projected_gradient": 1e-4}
        )  # fmt: skip

    table = cases(of_case, regimes=REGIMES)
    table.loc[(table["regime"] == "published") & table["dataset"].isin(among), "loss"] *= excess
    return table


def matrices(random, **changes):
    """Table 1's matrices with all numbers as printed; `changes` are functions of the table."""
    entries = [published(name) for name in PAPER_DATASETS]
    density = np.array([entry.density or 1.0 for entry in entries])
    table = pd.DataFrame(
        {"dataset": [entry.name for entry in entries], "kind": np.where(density < 1, "observed", "dense"),
         "n": [entry.shape[0] for entry in entries], "m": [entry.shape[1] for entry in entries],
         "rank": [entry.rank for entry in entries], "observed": 10_000,
         # Printed with four decimals.
         "density": np.where(density < 1, density + random.uniform(-4e-5, 4e-5, len(entries)), 1.0),
         "mean": 1.7, "variance": 1 + 1e-7 * random.standard_normal(len(entries)), "scale": 1.0,
         "source": "published", "reduction": 1.0, "rate": 1.0, "seed": 0, "raw_sha256": "{}"}
    )  # fmt: skip
    return table.assign(**changes)


def draw_entries(random, shape, tail=1.0):
    """Entries |N|^tail: half-normal for 1, with heavier tails above."""
    return np.abs(random.standard_normal(shape, dtype=np.float32)) ** tail


def singular_values(matrix):
    """By the Gram matrix of the columns, in double precision."""
    gram = (matrix.T @ matrix).astype(np.float64)
    return np.sqrt(np.maximum(np.linalg.eigvalsh(gram)[::-1], 0))


@cache
def drawn_spectra(name, factor, tail):
    """Singular values of ten random matrices of a dataset's factor, the longest sides cut."""
    entry = published(name)
    length = min(entry.shape[factor == "V"], 1000)
    random = np.random.default_rng([PAPER_DATASETS.index(name), factor == "V", round(10 * tail)])
    return np.array([singular_values(draw_entries(random, (length, entry.rank), tail)) for _ in range(10)])


def spectra(random, tail=1.0, decay=0.0, closeness=None, datasets=("birdsong", "orl")):
    """Spectra of optima whose entries are |N|^tail, or whose singular values are index^-decay times a random one's.

    With `closeness(rank)` all but the largest are smaller by that difference of the logarithm.
    """

    def of_case(name):
        tables = []
        for factor in ("U", "V"):
            null = random.permutation(drawn_spectra(name, factor, 1.0))
            others = null[5:] if tail == 1 else random.permutation(drawn_spectra(name, factor, tail))[:5]
            index = np.arange(null.shape[1])
            found = others * (1.0 + index) ** -decay
            if closeness is not None:
                away = closeness(null.shape[1]) * random.uniform(0.8, 1.2, (5, 1))
                found = others * np.where(index > 0, np.exp(-away), 1)
            for matrix, values in (("optimum", found), ("random", null[:5])):
                for repetition, singular in enumerate(values):
                    tables.append(
                        pd.DataFrame(
                            {"factor": factor, "matrix": matrix, "repetition": repetition, "index": index,
                             "singular_value": singular}
                        )
                    )  # fmt: skip
        return pd.concat(tables)

    return cases(of_case, datasets)


ALIKE = "nmf-spectrum-birdsong nmf-spectrum-U nmf-spectrum-V"

FACTORIZATIONS = [
    *worlds_of(
        SPECTRUM,
        (ALIKE, True, "half-normal optima", spectra),
        (ALIKE, False, "cubes of half-normal entries", partial(spectra, tail=3.0)),
        (ALIKE, False, "singular values that fall as 1/index beside the random ones", partial(spectra, decay=1.0)),
        ("nmf-spectrum-rank", True, "closer with every rank",
         partial(spectra, closeness=lambda rank: 1.5 * rank**-0.7, datasets=PAPER_DATASETS)),
        ("nmf-spectrum-rank", False, "the same difference at every rank",
         partial(spectra, closeness=lambda rank: 0.5, datasets=PAPER_DATASETS), False),
        ("nmf-spectrum-rank", False, "farther with every rank",
         partial(spectra, closeness=lambda rank: 0.1 * rank**0.7, datasets=PAPER_DATASETS)),
    ),
    *worlds_of(
        RUNS,
        ("nmf-published-converges", True, "0.2 % above the optima", runs),
        ("nmf-published-converges", False, "three times as high", partial(runs, excess=3.0)),
        ("nmf-published-converges", False, "ten times as high on one dataset",
         partial(runs, excess=10.0, among=("metabolic",))),
        ("nmf-start-mean", True, "as drawn from half-normal entries of matching scale", runs, False),
        ("nmf-start-mean", False, "twice the mean of the data", partial(runs, start=2.0)),
        ("nmf-start-mean", False, "half the mean of one dataset", partial(runs, start=0.5, among=("orl",))),
    ),
    *worlds_of(
        MATRICES,
        ("nmf-table-1-shape nmf-table-1-density nmf-rank-out-of-scope nmf-variance", True, "as printed", matrices),
        ("nmf-table-1-shape", False, "orl is transposed",
         partial(matrices, n=lambda table: table["n"].where(table["dataset"] != "orl", table["m"]))),
        ("nmf-table-1-density", False, "twice as many ratings",
         partial(matrices, density=lambda table: (2 * table["density"]).clip(upper=1))),
        ("nmf-rank-out-of-scope", False, "ranks of half the rows",
         partial(matrices, rank=lambda table: table["n"] // 2)),
        ("nmf-variance", False, "variances of 2", partial(matrices, variance=2.0)),
    ),
]  # fmt: skip
