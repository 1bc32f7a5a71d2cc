import numpy as np
import pytest

from starnmf.datasets import goodbooks
from starnmf.errors import InputError
from starnmf.seeds import generator

# user 7 rates books 1 2 3; user 8 books 1 1 2 (1 twice); user 9 book 4
LINES = ["1,7,5", "2,7,4", "3,7,3", "1,8,2", "1,8,5", "2,8,1", "4,9,5"]
TEXT = "\n".join(["book_id,user_id,rating", *LINES, ""]).encode()


def parse(file, options):
    ratings = goodbooks.parse([file], options, generator(0))
    X = np.zeros(ratings.shape, dtype=int)
    X[ratings.rows, ratings.columns] = ratings.values
    return X.tolist()


@pytest.mark.parametrize(
    ("duplicates", "minimum_ratings", "users"),
    [
        ("drop", 1, [[5, 4, 3, 0], [0, 1, 0, 0], [0, 0, 0, 5]]),
        ("first", 1, [[5, 4, 3, 0], [2, 1, 0, 0], [0, 0, 0, 5]]),
        ("drop", 2, [[5, 4, 3, 0]]),
        ("first", 2, [[5, 4, 3, 0], [2, 1, 0, 0]]),
        ("first", 3, [[5, 4, 3, 0]]),
    ],
)
def test_books_by_users_that_the_rules_leave(raw_file, duplicates, minimum_ratings, users):
    options = goodbooks.Options(duplicates, minimum_ratings)  # type: ignore[arg-type]
    assert parse(raw_file("ratings.csv", TEXT), options) == np.transpose(users).tolist()


def test_columns_are_found_by_name(raw_file):
    reordered = b"user_id,rating,book_id\r\n" + b"".join(
        "{1},{2},{0}\r\n".format(*line.split(",")).encode() for line in LINES
    )
    options = goodbooks.Options("first", 1)
    assert parse(raw_file("a.csv", reordered), options) == parse(raw_file("b.csv", TEXT), options)


def test_users_left_by_every_rule_are_printed(raw_file, capsys):
    parse(raw_file("ratings.csv", TEXT), goodbooks.Options("first", 1))
    printed = capsys.readouterr().err
    assert "duplicates=drop: 1: 3, 2: 1, 3: 1, 4: 0, 5: 0, 6: 0" in printed
    assert "duplicates=first: 1: 3, 2: 2, 3: 1, 4: 0, 5: 0, 6: 0" in printed


def test_the_later_release_is_refused_and_named(raw_file):
    later = raw_file("ratings.csv", b"user_id,book_id,rating\n" + b"1,258,5\n" * 5_976_479)
    with pytest.raises(InputError, match=r"5,976,479 ratings, the later release.*981,756"):
        goodbooks.parse([later], goodbooks.Options(), generator(0))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the header names ; expected book_id"),
        (b"book_id,user_id,rating\n", "found no lines"),
        (b"userId,movieId,rating,timestamp\n1,1,5,9\n", "header names userId, movieId"),
        (b"book_id,user_id,rating\n1,7,5\n1,8\n", "line 3 is '1,8'"),
        (b"book_id,user_id,rating\n1,7,\n", "line 2 is '1,7,'"),
        (b"book_id,user_id,rating\n1,7,-5\n", "line 2 is '1,7,-5'"),
        (b"book_id,user_id,rating\n1,7,NaN\n", "line 2 is"),
        (b"book_id,user_id,rating\n1,7,9\n", "rating 9"),
        (b"book_id,user_id,rating\n1,7,5\n", "no user has 3 ratings; lower the option minimum_ratings"),
    ],
)
def test_broken_files_are_refused(raw_file, content, message):
    with pytest.raises(InputError, match=message):
        parse(raw_file("ratings.csv", content), goodbooks.Options())
