"""The same bits on one core and on two."""

import h5py
import numpy as np
import pytest

from tests.end_to_end.checkout import copy_checkout, snakemake

pytestmark = pytest.mark.extended

DATASETS = ["metabolic", "movielens"]


@pytest.fixture(scope="module")
def runs(loaded_starnmf, tmp_path_factory):
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
            first_on_path=[loaded_starnmf],
        )
        assert done.returncode == 0, done.stdout + done.stderr
        checkouts.append(checkout)
    return checkouts


def test_tables_and_figures_are_identical_bytes(runs):
    one, two = runs
    files = [path.relative_to(one) for kind in ("csv", "pdf", "png") for path in one.glob(f"results/smoke/**/*.{kind}")]
    assert len(files) > 20
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


def arrays(path):
    """All arrays of an HDF5 file by name, those of subsamples' groups too."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[:]}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_factors_are_identical_bits(runs):
    one, two = runs
    files = [path.relative_to(one) for path in one.glob("results/smoke/factorization/*/*/*.h5")]
    assert len(files) == 8
    for file in files:
        left, right = arrays(one / file), arrays(two / file)
        assert left.keys() == right.keys()
        assert {"U", "V", "loss", "time", "gradients", "history_loss"} <= {name.rpartition("/")[2] for name in left}
        for name, values in left.items():
            np.testing.assert_array_equal(values, right[name], f"{file}: {name}")
