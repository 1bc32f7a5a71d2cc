"""Claims about spectra in worlds where optima are random matrices, and in some where they are not."""

import numpy as np
import pandas as pd
import pytest

from starnmf.claims.claim import Verdict
from starnmf.claims.results import Results
from starnmf.claims.spectra import CLAIMS
from starnmf.landscape.tables import SPECTRUM

BY_ID = {claim.id: claim for claim in CLAIMS}


def spectra(n, rank, optimum, repetitions=5, seed=0, dataset="birdsong"):
    """The table of spectra where optima are drawn by a function of a generator and a shape."""
    random = np.random.default_rng(seed)
    rows = []
    for matrix, draw in (("optimum", optimum), ("random", half_normal)):
        for repetition in range(repetitions):
            values = np.linalg.svd(draw(random, (n, rank)), compute_uv=False)
            rows += [
                {"dataset": dataset, "regime": "converged", "factor": factor, "matrix": matrix,
                 "repetition": repetition, "index": index, "singular_value": value}
                for factor in "UV"
                for index, value in enumerate(values)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def half_normal(random, shape):
    return np.abs(random.standard_normal(shape))


def parts(random, shape):
    """Columns of very different sizes and few entries, as factors of images have."""
    return half_normal(random, shape) * (random.random(shape) < 0.2) * np.geomspace(1, 1e-2, shape[1])


def verdicts(table, claim):
    rows = Results({SPECTRUM: table})[SPECTRUM]
    return [BY_ID[claim].criterion.judge(one.measurement) for one in BY_ID[claim].measure.findings(rows)]


@pytest.mark.parametrize(("n", "rank"), [(500, 88), (400, 49), (300, 20)])
def test_random_matrices_are_like_random_matrices(n, rank):
    for seed in range(2):
        assert verdicts(spectra(n, rank, half_normal, seed=seed), "nmf-spectrum-U") == [Verdict.REPRODUCED]


@pytest.mark.parametrize(("n", "rank"), [(500, 88), (400, 49), (300, 20)])
def test_optima_with_another_spectrum_are_not(n, rank):
    for seed in range(2):
        assert verdicts(spectra(n, rank, parts, seed=seed), "nmf-spectrum-V") == [Verdict.CONTRADICTED]


def test_with_small_ranks_nothing_is_contradicted_by_chance():
    """Two random matrices of rank 3 lie far apart: their distance from each other is taken off."""
    found = [verdicts(spectra(36, 3, half_normal, seed=seed), "nmf-spectrum-birdsong")[0] for seed in range(30)]
    assert Verdict.CONTRADICTED not in found


def test_small_ranks_are_not_those_of_larger_ranks():
    assert verdicts(spectra(300, 10, parts), "nmf-spectrum-U") == []


def test_other_datasets_say_nothing_of_birdsong():
    assert verdicts(spectra(300, 20, parts, dataset="orl"), "nmf-spectrum-birdsong") == []


def test_one_repetition_is_too_few():
    assert verdicts(spectra(300, 20, parts, repetitions=1), "nmf-spectrum-U") == []


def test_a_zero_up_to_rounding_changes_no_verdict():
    """A rank that a descent lost: its singular value is rounding."""
    rows = spectra(400, 49, half_normal)
    lost = (rows["matrix"] == "optimum") & (rows["index"] == 48)
    rows.loc[lost, "singular_value"] = 1e-16
    assert verdicts(rows, "nmf-spectrum-U") == [Verdict.REPRODUCED]
