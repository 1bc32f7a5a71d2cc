from pathlib import Path

import numpy as np
import pytest
import yaml

from starnmf.datasets import birdsong, goodbooks, netflix
from starnmf.datasets.normalization import normalize
from starnmf.datasets.options import read_options
from starnmf.datasets.raw import find_raw
from starnmf.datasets.registry import NAMES
from starnmf.datasets.stand_in import stand_in_options, write_stand_in
from starnmf.errors import InputError
from starnmf.matrix import Observed

SHAPES = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())["shapes"]
SMALL = {**dict.fromkeys(NAMES, (40, 30, 2)), "satellite": (40, 36, 2)}


@pytest.mark.parametrize("shapes", [SHAPES, SMALL], ids=["default", "small"])
@pytest.mark.parametrize("dataset", NAMES)
def test_stand_in_is_parsed_to_exactly_its_shape(tmp_path, dataset, shapes):
    *sides, rank = shapes[dataset]
    n, m = sides
    write_stand_in(dataset, tmp_path, (n, m), rank, seed=0)
    matrix = normalize(dataset, tmp_path, "stand-in", rank, 0, stand_in_options(dataset, (n, m)))
    assert matrix.shape == (n, m)
    assert matrix.values.var(dtype=np.float64) == pytest.approx(1, abs=1e-5)
    assert matrix.values.min() >= 0
    if isinstance(matrix, Observed):
        per_row = np.bincount(matrix.row_of_entry, minlength=n)
        per_column = np.bincount(matrix.indices, minlength=m)
        empty = 1 if dataset == "movielens" else 0  # ids start at 1, indices at 0
        assert (per_row == 0).sum() == (per_column == 0).sum() == empty
        assert per_row.mean() > 2 * rank
        assert per_column.mean() > 2 * rank
    else:
        assert np.linalg.matrix_rank(matrix.X) > rank  # noise
        singular = np.linalg.svd(matrix.X, compute_uv=False)
        assert (singular[:rank] ** 2).sum() > 0.8 * (singular**2).sum()


@pytest.mark.parametrize("dataset", NAMES)
def test_stand_in_is_a_function_of_its_arguments(tmp_path, dataset):
    n, m, rank = SMALL[dataset]
    contents = []
    for folder, seed in (("first", 1), ("again", 1), ("other", 2)):
        write_stand_in(dataset, tmp_path / folder, (n, m), rank, seed)
        contents.append([path.read_bytes() for path in find_raw(dataset, tmp_path / folder)])
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


@pytest.mark.parametrize(
    ("dataset", "shape", "rank", "message"),
    [
        ("satellite", (40, 30), 2, "found 30 columns .*a square number of pixels, such as 25 or 36"),
        ("birdsong", (5122, 30), 2, "found 5122 rows"),
        ("netflix", (10, 17_771), 2, "more users or movies"),
        ("orl", (40, 30), 31, "rank 31 does not fit the shape 40 x 30"),
        ("orl", (40, 30), 1, "rank 1 does not fit"),
        ("cifar", (40, 30), 2, "'cifar' is not known"),
    ],
)
def test_impossible_shape_is_refused(tmp_path, dataset, shape, rank, message):
    with pytest.raises(InputError, match=message):
        write_stand_in(dataset, tmp_path, shape, rank, 0)
    assert not list(tmp_path.iterdir())


def test_full_size_options_are_the_defaults_of_the_paper():
    for name, module in (("birdsong", birdsong), ("goodbooks", goodbooks)):
        assert read_options(module.Options, name, stand_in_options(name, None)) == module.Options()
    options = read_options(netflix.Options, "netflix", stand_in_options("netflix", None))
    assert (options.users, options.movies) == (47_928, 8_963)


def test_birdsong_of_any_number_of_rows(tmp_path):
    for rows in (37, 64, 509):
        write_stand_in("birdsong", tmp_path / str(rows), (rows, 11), 2, 0)
        options = stand_in_options("birdsong", (rows, 11))
        assert normalize("birdsong", tmp_path / str(rows), "stand-in", 2, 0, options).shape == (rows, 11)
