import numpy as np
import pytest

from starnmf.datasets import movielens, movielens_100k
from starnmf.datasets.normalization import normalize
from starnmf.datasets.options import NoOptions
from starnmf.errors import InputError
from starnmf.matrix import Observed, density
from starnmf.seeds import generator


def filled(ratings):
    X = np.zeros(ratings.shape, dtype=int)
    X[ratings.rows, ratings.columns] = ratings.values
    return X.tolist()


def parse_1m(file):
    return movielens.parse([file], NoOptions(), generator(0))


def parse_100k(file):
    return movielens_100k.parse([file], NoOptions(), generator(0))


def test_movies_by_users_with_ids_as_indices(raw_file):
    file = raw_file("ratings.dat", b"1::3::5::978300760\n1::1::2::0\n2::3::4::12\n")
    assert filled(parse_1m(file)) == [[0, 0, 0], [0, 2, 0], [0, 0, 0], [0, 5, 4]]


def test_the_smaller_release_has_no_empty_row_and_column(raw_file):
    file = raw_file("u.data", b"1\t3\t5\t978300760\n1\t1\t2\t0\n2\t3\t4\t12\n")
    assert filled(parse_100k(file)) == [[2, 0], [0, 0], [5, 4]]


def test_line_ends_of_either_kind_and_none_at_the_end(raw_file):
    file = raw_file("ratings.dat", b"1::2::5::9\r\n2::1::3::9")
    assert filled(parse_1m(file)) == [[0, 0, 0], [0, 0, 3], [0, 5, 0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found no lines"),
        (b"1::1::5::9\n1::2::5", r"line 2 is '1::2::5'; expected user, item, rating and timestamp between '::'"),
        (b"1::1::5::9\n\n1::2::5::9\n", "line 2 is ''"),
        (b"1::1::5::9\n1::::5::9\n", "line 2 is '1::::5::9'"),
        (b"1::1::5::9\n1:2:::3::4\n", "line 2 is '1:2:::3::4'"),
        (b"1::1::5::9::1\n", "line 1 is"),
        (b"1::1::5::9\n1::-2::5::9\n", "line 2 is"),
        (b"1::1::nan::9\n", "line 1 is"),
        (b"1::1::4.5::9\n", "line 1 is"),
        (b"1::1::5::9\n1::2::5::" + b"9" * 5000 + b"\n", "line 2 is"),
        (b"1::1::5::9\r1::1::5::9\n", r"line 1 is '1::1::5::9\\r"),
        (b"userId,movieId,rating,timestamp\n1,1,5,9\n", "line 1 is 'userId,movieId"),
        (b"\x80\x04\x95\n", "line 1 is"),
        (b"1::1::6::9\n", "rating 6 in rating number 1.*expected 1 to 5"),
        (b"1::1::5::9\n1::2::0::9\n", "rating 0 in rating number 2"),
        (b"0::1::5::9\n", "user 0"),
        (b"1::999999999::5::9\n", "item 999999999"),
    ],
)
def test_what_is_not_a_rating_is_refused_with_its_line(raw_file, content, message):
    with pytest.raises(InputError, match=message):
        parse_1m(raw_file("ratings.dat", content))


def test_a_pair_rated_twice_is_refused(tmp_path):
    (tmp_path / "ratings.dat").write_bytes(b"1::1::5::9\n2::1::3::9\n1::1::4::9\n")
    with pytest.raises(InputError, match=r"the entry in row 1, column 1, counted from 0, is given more than once"):
        normalize("movielens", tmp_path, "stand-in", 1, 0, {})


def test_real_movielens_1m(real_data, capsys):
    matrix = normalize("movielens", real_data("ml-1m.zip"), "mirror", 20, 0, {})
    assert isinstance(matrix, Observed)
    assert matrix.shape == (3953, 6041)
    stars, counts = np.unique(np.round(matrix.values * matrix.description.scale), return_counts=True)
    assert dict(zip(stars, counts, strict=True)) == {1: 56174, 2: 107557, 3: 261197, 4: 348971, 5: 226310}
    assert density(matrix) == pytest.approx(0.041885, abs=5e-7)
    assert matrix.description.reduction == 1
    assert list(matrix.description.raw_sha256) == ["ml-1m.zip"]
    assert capsys.readouterr().err == ""


def test_real_movielens_100k(real_data):
    matrix = normalize("movielens-100k", real_data("ml-100k.zip"), "mirror", 20, 0, {})
    assert matrix.shape == (1682, 943)
    assert matrix.values.size == 100_000
    assert density(matrix) == pytest.approx(0.0630, abs=5e-5)
