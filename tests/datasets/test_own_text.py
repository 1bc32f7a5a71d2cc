"""Texts of own matrices: as pandas, R and people write them; what may be read in two ways is asked, never guessed."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starnmf.datasets.own_text import read_numbers, read_ratings
from starnmf.errors import InputError

X = np.random.default_rng(1).gamma(1.0, size=(9, 6)).round(3)
LETTERS = list("abcdef")
GENES = [f"YAL{number:03}" for number in range(9)]


def numbers(text, names=None, may_be_ratings=True):
    return read_numbers(text.encode(), "a.csv", names, may_be_ratings)


def by_pandas(**how):
    """A text of X as `DataFrame.to_csv` writes it."""
    labels = {key: how.pop(key) for key in ("index", "columns") if not isinstance(how.get(key, True), bool)}
    return pd.DataFrame(X, **labels).to_csv(**how)


def by_r(row_names, column_names, corner, quoted=True):
    """A text of X as R's `write.csv` (with a corner) or `write.table` (without) writes it."""
    quote = '"{}"'.format if quoted else str
    lines = [[quote(name), *map(str, row)] for name, row in zip(row_names, X, strict=True)]
    return "\n".join(",".join(line) for line in [[*corner, *map(quote, column_names)], *lines]) + "\n"


V = [f"V{number}" for number in range(1, 7)]
CERTAIN = {
    "numbers alone": by_pandas(header=False, index=False),
    "an index and names": by_pandas(columns=LETTERS),
    "an index and numbered columns": by_pandas(),
    "an index of decades": by_pandas(columns=LETTERS, index=range(1930, 2020, 10)),
    "an index of names, numbered columns": by_pandas(index=GENES),
    "names of columns": by_pandas(columns=LETTERS, index=False),
    "names of rows": by_pandas(index=GENES, header=False),
    "both": by_pandas(index=GENES, columns=LETTERS),
    "both, with a head of the names": by_pandas(index=GENES, columns=LETTERS, index_label="gene"),
    "an id that counts": by_pandas(columns=LETTERS, index_label="id"),
    "read and written again": pd.read_csv(io.StringIO(by_pandas(columns=LETTERS))).to_csv(index=False),
    "R's write.csv": by_r(range(1, 10), V, ['""']),
    "R's write.csv of names": by_r(GENES, V, ['""']),
    "R's write.table": by_r(range(1, 10), V, []),
    "R's write.table of names": by_r(GENES, V, [], quoted=False),
    "tabs": by_pandas(columns=LETTERS, sep="\t"),
    "semicolons": by_pandas(columns=LETTERS, sep=";"),
    "a byte order mark and blanks": "\ufeff" + by_pandas(columns=LETTERS).replace(",", ", "),
}


@pytest.mark.parametrize("text", CERTAIN.values(), ids=list(CERTAIN))
@pytest.mark.parametrize("may_be_ratings", [True, False])
def test_names_never_become_entries(capsys, text, may_be_ratings):
    np.testing.assert_array_equal(numbers(text, may_be_ratings=may_be_ratings), X)
    said = capsys.readouterr().err
    assert ("names" in said) == (text != CERTAIN["numbers alone"]), said


ASKED = {
    "an index without heads": (by_pandas(header=False), "the first column counts 9 lines", "rows"),
    "numbered columns": (by_pandas(index=False), "the first line counts 6 columns", "columns"),
    "a column of years": (by_pandas(columns=LETTERS, index=range(2001, 2010), index_label="year"), "counts 9", "both"),
    "an id of whole numbers": (by_pandas(columns=LETTERS, index=[7, 3, 9, 12, 40, 5, 6, 1, 2], index_label="ID"),
                               "whole numbers", "both"),
    "names and numbered columns": (by_pandas(index=GENES, index_label="gene"), "the first line is gene", "both"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found", "names"), ASKED.values(), ids=list(ASKED))
def test_what_may_be_names_or_entries_is_asked_and_can_be_said(text, found, names):
    with pytest.raises(InputError, match=f"{found}.*expected names=.* or names={names}"):
        numbers(text)
    np.testing.assert_array_equal(numbers(text, names), X)


def test_what_is_said_is_done_even_if_it_looks_like_names():
    text = by_pandas(header=False)
    np.testing.assert_array_equal(numbers(text, "none"), np.column_stack([np.arange(9), X]))
    np.testing.assert_array_equal(numbers(by_pandas(header=False, index=False), "both"), X[1:, 1:])
    with pytest.raises(InputError, match="line 1, column 1: found 'a'; expected a number"):
        numbers(by_pandas(columns=LETTERS, index=False), "none")


@given(
    shape=st.tuples(st.integers(4, 12), st.integers(2, 8)),
    seed=st.integers(0, 1000),
    index=st.sampled_from(["count from 0", "count from 1", "names", "none"]),
    columns=st.sampled_from(["letters", "count", "none"]),
    separator=st.sampled_from([",", ";", "\t"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_ALL]),
)
def test_a_text_of_pandas_is_read_as_its_numbers_or_asks(shape, seed, index, columns, separator, quoting):
    n, m = shape
    values = np.random.default_rng(seed).gamma(1.0, size=shape)
    rows = {"count from 0": range(n), "count from 1": range(1, n + 1), "names": [f"r{i}" for i in range(n)]}.get(index)
    heads = {"letters": [f"c{j}" for j in range(m)], "count": range(m)}.get(columns)
    text = pd.DataFrame(values, rows, heads).to_csv(
        index=rows is not None, header=heads is not None, sep=separator, quoting=quoting
    )
    try:
        found = numbers(text)
    except InputError as error:
        assert "names=" in str(error)  # noqa: PT017
        assert "names" not in (index, columns) or columns == "count"
    else:
        np.testing.assert_allclose(found, values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2\n3,4,5\n", "line 2: found 3 fields; expected 2"),
        ("1,2,3\n4,5,6\n\n7,8\n", "line 4: found 2 fields; expected 3"),
        (
            "12,5;3,2;7,1\n4;5;6\n7;8;9\n",
            "line 1, column 1: found '12,5'; expected a number. Write decimals with a point",
        ),
        ("1;2.5;3\n1,5;5;6\n7,25;8;9\n", "line 2, column 1: found '1,5'"),
        ('"1,234","2,345"\n5,6\n7,8\n', "line 1, column 1: found '1,234'; .*none between thousands"),
        ("\n\n1,2.5,3\n\n4,x,6\n", "line 5, column 2: found 'x'"),
        ("1.5;2,5\n3;4\n", "line 1, column 2: found '2,5'; expected a number. Write decimals with a point"),
        ("1.5,2\n3,n/a\n", "line 2, column 2: found 'n/a'; expected a number. A missing one is an empty cell"),
        ("1.5,1_0\n3,4\n", "found '1_0'"),
        ("1.5,2\n3,٤\n", "found '٤'"),
        ("1.5,0x10\n3,4\n", "found '0x10'"),
        ("1.5,2+3j\n3,4\n", "found '2\\+3j'"),
        ("1.5,TRUE\n3,4\n2,2\n", "found 'TRUE'"),
        ("# a b\n1 2\n3 4\n", "line 2: found 2 fields; expected 3"),
    ],
)
@pytest.mark.parametrize("names", [None, "none"])
def test_cells_that_are_no_numbers_are_named(text, message, names):
    # Where the first line has such a cell, names of columns are the other possibility.
    with pytest.raises(InputError, match=f"{message}|the first line is .* names=none"):
        numbers(text, names)


RATINGS = [("u1", "b", 5.0), ("u2", "a", 3.5), ("u1", "a", 1.0), ("u9", "c", 2.0)]
AS_ENTRIES = [(0, 0, 1.0), (0, 1, 5.0), (1, 0, 3.5), (2, 2, 2.0)]


def ratings(text):
    entries = read_ratings(text.encode(), "ratings.dat")
    return entries.shape, sorted(
        zip(entries.rows.tolist(), entries.columns.tolist(), entries.values.tolist(), strict=True)
    )


@pytest.mark.parametrize("separator", [",", "\t", "::", " ", ";"])
@pytest.mark.parametrize("header", ["", "user{0}item{0}rating{0}time\n", "x{0}y{0}z{0}t\n"])
def test_ratings_are_entries_of_users_and_items(separator, header):
    lines = [separator.join([user, item, str(stars), "99"]) for user, item, stars in RATINGS]
    assert ratings(header.format(separator) + "\n".join(lines) + "\n") == ((3, 3), AS_ENTRIES)


def test_heads_say_which_column_is_which():
    lines = "".join(f"{stars},99,{item},{user}\n" for user, item, stars in RATINGS)
    assert ratings("rating,timestamp,movieId,userId\n" + lines) == ((3, 3), AS_ENTRIES)


def test_columns_that_no_head_names_are_the_first_three_and_that_is_said(capsys):
    assert ratings("x,y,z,t\n1,1,4,9\n2,1,3,9\n") == ((2, 1), [(0, 0, 4.0), (1, 0, 3.0)])
    assert "ratings.dat: read as row, column and value: the columns x, y, z\n" in capsys.readouterr().err


def test_quoted_commas_and_empty_last_fields_are_read_right():
    lines = "".join(f'{user},"{item}, the",{stars},\n' for user, item, stars in RATINGS)
    assert ratings(lines) == ((3, 3), AS_ENTRIES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no ratings"),
        ("u i 5\nu j\n", "line 2: found 2 fields; expected row, column and value, and 3 as above"),
        ("1,7,4,978300760\n2,11,,978300761\n", "line 2, column 3: found ''; expected a number"),
        ("1,7,4\n,11,3\n", "line 2, column 1: found ''; expected the name of a row"),
        ("1::7::4\n1::::3\n", "line 2, column 2: found ''; expected the name of a column"),
        ("1;7;4,5\n2;7;3,5\n", "found '4,5'|line 2, column 3: found '3,5'; expected a number such as 3.5"),
        ("1;7;4,5\n2;7;3\n", "line 1, column 3: found '4,5'; expected a number such as 3.5"),
        ("1,7,\n2,7,3\n", "line 1, column 3: found ''; expected a number"),
        (
            "uid,timestamp,movieId,rating\n1,9,7,4\n",
            "line 1: found the columns uid, timestamp, movieId, rating; expected",
        ),
        ("1,7,4\n1,8,4,5\n", "line 2: found 4 fields"),
        ("1,7,4\n1,8,1_0\n", "found '1_0'"),
        ("1,7,4\n1,8,٤\n", "found '٤'"),
        ("1,7,4\n1,8,inf\n", "found 'inf'"),
        ("1,7,4\n1,8,nan\n", "found 'nan'"),
        ('1,7,4\n1,"8,4\n2,8,3\n', "line 2: found 2 fields"),
        ("u3,i2,4\nu1,i2,4\nu3,i2,5\n", "line 3: found another value of row 'u3' and column 'i2'; expected one"),
        ("user,item,rating\n", "no ratings below"),
    ],
)
def test_ratings_that_are_none_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        ratings(text)
    with pytest.raises(InputError, match="no text"):
        read_ratings(text.encode() + b"\xff", "a.data")


STARS = np.random.default_rng(2)
PAIRS = [(user, item) for user in range(1, 9) for item in range(1, 8)]
LOOKS_LIKE_RATINGS = {
    "heads": "userId,movieId,rating,timestamp\n1,2,3.5,1260759144\n1,3,4.0,1260759179\n",
    "MovieLens-100k": "".join(f"{u}\t{i}\t{STARS.integers(1, 6)}\t{STARS.integers(8e8, 9e8)}\n" for u, i in PAIRS),
    "without times": "".join(f"{u},{i},{STARS.integers(1, 6)}\n" for u, i in PAIRS),
}


@pytest.mark.parametrize("text", LOOKS_LIKE_RATINGS.values(), ids=list(LOOKS_LIKE_RATINGS))
def test_what_looks_like_ratings_is_asked(text):
    with pytest.raises(InputError, match=r"looks like ratings.*layout=ratings.*layout=matrix"):
        numbers(text)
    assert (
        numbers(text, "columns" if text[0] == "u" else "none", may_be_ratings=False).shape[1]
        == text.split("\n")[1].replace("\t", ",").count(",") + 1
    )


def test_a_matrix_of_three_columns_is_no_table_of_ratings():
    counts = STARS.poisson(3.0, size=(40, 3)) + 1
    counts[0] = counts[1]
    np.testing.assert_array_equal(numbers(pd.DataFrame(counts).to_csv(header=False, index=False)), counts)
