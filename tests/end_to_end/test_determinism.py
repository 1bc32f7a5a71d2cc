"""The same bits on one core and on two."""

import h5py
import numpy as np
import pytest

from tests.end_to_end.checkout import copy_checkout, snakemake

pytestmark = pytest.mark.extended

DATASETS = ["metabolic", "movielens"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    checkouts = []
    for cores in ("1", "2"):
        checkout = copy_checkout(tmp_path_factory.mktemp(f"cores-{cores}"))
        done = snakemake(
            checkout,
            "figure11",
            "figure9",
            "--cores",
            cores,
            "--configfile",
            "presets/smoke.yaml",
            "--config",
            f"datasets={DATASETS!r}",
            "threads=2",
            "optima=40",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        checkouts.append(checkout)
    return checkouts


def test_tables_and_figures_are_identical_bytes(runs):
    one, two = runs
    files = [path.relative_to(one) for kind in ("csv", "pdf", "png") for path in one.glob(f"results/**/*.{kind}")]
    assert len(files) > 20
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


def test_factors_are_identical_bits(runs):
    one, two = runs
    files = [path.relative_to(one) for path in one.glob("results/factorization/*/*/*.h5")]
    assert len(files) == 8
    for file in files:
        with h5py.File(one / file) as left, h5py.File(two / file) as right:
            for name in ("U", "V", "loss", "time", "gradients", "history_loss"):
                np.testing.assert_array_equal(left[name][:], right[name][:])
