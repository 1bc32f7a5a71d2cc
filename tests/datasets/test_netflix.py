import numpy as np
import pytest

from starnmf.datasets import netflix
from starnmf.datasets.normalization import normalize
from starnmf.datasets.stand_in import write_stand_in
from starnmf.errors import InputError
from starnmf.seeds import generator

TEXT = b"1:\n1488844,3,2005-09-06\n6,5,2005-05-13\n2:\n3:\n7,1,1999-11-11\n6,4,2005-12-31\n"
ALL = netflix.Options(draw="counts", users=3, movies=2)


def filled(ratings):
    X = np.zeros(ratings.shape, dtype=int)
    X[ratings.rows, ratings.columns] = ratings.values
    return X.tolist()


def parse(files, options=ALL):
    return filled(netflix.parse(files, options, generator(0)))


def test_users_by_movies_in_the_order_of_their_ids(raw_file):
    # users 6, 7, 1488844 and movies 1, 3; movie 2 has no ratings
    assert parse([raw_file("combined_data_1.txt", TEXT)]) == [[5, 4], [0, 1], [3, 0]]


def test_line_ends_files_and_their_order_do_not_matter(raw_file):
    whole = parse([raw_file("a.txt", TEXT)])
    first, second = TEXT.split(b"3:\n")
    parts = [raw_file("mv_0000003.txt", b"3:\n" + second.rstrip()), raw_file("mv_0000001.txt", first)]
    assert parse(parts) == whole
    assert parse([raw_file("b.txt", TEXT.replace(b"\n", b"\r\n"))]) == whole


@pytest.mark.parametrize("block", [1, 7, 20, 33])
def test_blocks_of_text_may_end_anywhere(raw_file, monkeypatch, block):
    file = raw_file("combined_data_1.txt", TEXT)
    whole = parse([file])
    monkeypatch.setattr(netflix, "_BLOCK", block)
    assert parse([file]) == whole
    with pytest.raises(InputError, match=r"line 8 is '6,4,2005'"):
        parse([raw_file("broken.txt", TEXT + b"6,4,2005\n")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"6,5,2005-05-13\n", "item 0 in rating number 1"),
        (b"1:\n6,5,2005-05-13\n7,5", "line 3 is '7,5'"),
        (b"1:\n6,5,2005-05-13\n7,5,2005/05/13\n", "line 3 is"),
        (b"1:\n6,0,2005-05-13\n7,0,0-0-0\n", "line 2 is '6,0,2005-05-13'"),
        (b"1:\n7,0,0-0-0\n", "line 2 is '7,0,0-0-0'"),
        (b"1:\n6,6,2005-05-13\n", "rating 6"),
        (b"1:\n6,-1,2005-05-13\n", "line 2 is"),
        (b"1:\n,5,2005-05-13\n", "line 2 is"),
        (b"1:2:\n6,5,2005-05-13\n", "line 1 is '1:2:'"),
        (b"99999:\n6,5,2005-05-13\n", "item 99999"),
        (b"1:\n9999999,5,2005-05-13\n", "user 9999999"),
        (b"CustId,Rating,Date\n6,5,2005-05-13\n", "line 1 is 'CustId"),
    ],
)
def test_other_text_is_refused_with_its_line(raw_file, content, message):
    with pytest.raises(InputError, match=message):
        parse([raw_file("combined_data_1.txt", content)])


def test_more_than_there_is_cannot_be_drawn(raw_file):
    file = raw_file("combined_data_1.txt", TEXT)
    with pytest.raises(InputError, match="found 3 users; expected at least the 4"):
        parse([file], netflix.Options(draw="counts", users=4, movies=2))


def grid(users, movies):
    """Every user rates every movie, with stars that tell the pair modulo 5."""
    return b"".join(
        b"%d:\n" % movie
        + b"".join(b"%d,%d,2005-01-01\n" % (user, 1 + (user + movie) % 5) for user in range(1, users + 1))
        for movie in range(1, movies + 1)
    )


def test_bernoulli_draw_takes_its_shares(raw_file):
    file = raw_file("combined_data_1.txt", grid(2000, 60))
    ratings = netflix.parse([file], netflix.Options(), generator(5, "draw"))
    users, movies = ratings.shape
    assert abs(users - 200) < 4 * np.sqrt(2000 * 0.1 * 0.9)
    assert abs(movies - 30) < 4 * np.sqrt(60 * 0.25)
    assert len(ratings.values) == users * movies


def test_draw_depends_on_the_seed_and_keeps_pairs_together(raw_file):
    file = raw_file("combined_data_1.txt", grid(50, 20))
    options = netflix.Options(draw="counts", users=12, movies=7)
    first, again, other = (filled(netflix.parse([file], options, generator(seed))) for seed in (1, 1, 2))
    assert np.shape(first) == (12, 7)
    assert first == again
    assert first != other
    # stars - 1 = user + movie modulo 5, so rows of the drawn matrix differ by constants modulo 5
    assert (np.ptp((np.array(first) - first[0]) % 5, axis=1) == 0).all()


def test_bernoulli_draw_of_a_stand_in_is_about_its_shape(tmp_path):
    write_stand_in("netflix", tmp_path, (200, 80), 4, 0)
    matrix = normalize("netflix", tmp_path, "stand-in", 4, 0, {})
    assert matrix.shape[0] == pytest.approx(200, abs=60)
    assert matrix.shape[1] == pytest.approx(80, abs=30)
