"""Every parser against a slow and plain reading of the same bytes, on files that hypothesis draws and edits."""

import io
import re
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import scipy.io
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from starnmf.datasets import extragalactic, goodbooks, metabolic, movielens, movielens_100k, netflix, orl, satellite
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError
from starnmf.seeds import generator

pytestmark = pytest.mark.extended

EXAMPLES = settings(max_examples=100, deadline=None)

TRIPLES = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5)),
    min_size=1,
    max_size=8,
    unique_by=lambda triple: triple[:2],
)
MATRICES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(0, 1e6, width=32))


def in_memory(name, content):
    return RawFile(PurePosixPath(name), name, Path(name), partial(io.BytesIO, content))


def parsed(module, name, content, **options):
    return module.parse([in_memory(name, content)], module.Options(**options), generator(0))


@st.composite
def edited(draw, texts):
    """A text with up to two characters exchanged, left out or put in, and perhaps an end cut off."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["", *"0159:,-\t\n\r x"])) + text[at + draw(st.integers(0, 1)) :]
    return text[: draw(st.one_of(st.none(), st.integers(0, len(text))))]


def lines(text):
    """Lines as every one of the formats ends them; a last one without its end counts."""
    ended = text if text.endswith("\n") or not text else text + "\n"
    return ended.replace("\r\n", "\n").split("\n")[:-1]


def plainly_read(text, line):
    """User, item and stars of every line, or None unless every line is one."""
    matches = [re.fullmatch(line, one, re.ASCII) for one in lines(text)]
    if not matches or any(match is None for match in matches):
        return None
    triples = [(int(m["user"]), int(m["item"]), int(m["stars"])) for m in matches if m]
    return triples if all(u >= 1 and i >= 1 and 1 <= s <= 5 for u, i, s in triples) else None


def plainly_read_netflix(text):
    triples, movie = [], 0
    for line in lines(text):
        head = re.fullmatch(r"(\d{1,15}):", line, re.ASCII)
        rating = re.fullmatch(r"(\d{1,15}),(\d{1,15}),\d{1,15}-\d{1,15}-\d{1,15}", line, re.ASCII)
        if head:
            movie = int(head[1])
        elif rating:
            triples.append((int(rating[1]), movie, int(rating[2])))
        else:
            return None
    largest = 17_770
    return triples if text and all(u >= 1 and 1 <= i <= largest and 1 <= s <= 5 for u, i, s in triples) else None


MOVIELENS = r"(?P<user>\d{1,15})::(?P<item>\d{1,15})::(?P<stars>\d{1,15})::\d{1,15}"
FORMATS = {
    "movielens": (
        movielens,
        lambda triples: "".join(f"{u}::{i}::{s}::0\n" for u, i, s in triples),
        partial(plainly_read, line=MOVIELENS),
    ),
    "movielens-100k": (
        movielens_100k,
        lambda triples: "".join(f"{u}\t{i}\t{s}\t97\n" for u, i, s in triples),
        partial(plainly_read, line=MOVIELENS.replace("::", "\t")),
    ),
    "netflix": (
        netflix,
        lambda triples: "".join(f"{i}:\n{u},{s},2005-01-09\n" for u, i, s in triples),
        plainly_read_netflix,
    ),
}


@pytest.mark.parametrize("name", FORMATS)
@EXAMPLES
@given(data=st.data())
def test_ratings_are_those_of_a_plain_reading_or_refused_with_it(name, data):
    module, write, read_plainly = FORMATS[name]
    text = data.draw(edited(TRIPLES.map(write)))
    expected = read_plainly(text)
    # all users and movies: every one is drawn with probability 1
    options = {"user_share": 1.0, "movie_share": 1.0} if name == "netflix" else {}
    try:
        ratings = parsed(module, "ratings", text.encode(), **options)
    except InputError:
        ratings = None
    assert (ratings is None) == (expected is None)
    if ratings is None or expected is None:
        return
    users, items = (ratings.rows, ratings.columns) if name == "netflix" else (ratings.columns, ratings.rows)
    if name == "netflix":  # users and movies that occur, in the order of their ids
        occurring_users, occurring_movies = (np.unique([triple[axis] for triple in expected]) for axis in (0, 1))
        users, items = occurring_users[users], occurring_movies[items]
    elif name == "movielens-100k":
        users, items = users + 1, items + 1
    found = zip(users.tolist(), items.tolist(), ratings.values.tolist(), strict=True)
    assert sorted(found) == sorted(expected)
    assert ratings.found == len(expected)


@EXAMPLES
@given(
    ratings=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 5)), min_size=1, max_size=20),
    order=st.permutations(["book_id", "user_id", "rating"]),
    least=st.integers(1, 3),
)
def test_goodbooks_keeps_what_its_rules_keep(ratings, order, least):
    rows = [dict(zip(("book_id", "user_id", "rating"), triple, strict=True)) for triple in ratings]
    text = "".join(",".join(cells) + "\n" for cells in [order, *([str(row[name]) for name in order] for row in rows)])
    pairs = [(book, user) for book, user, _ in ratings]
    once = [triple for triple in ratings if pairs.count(triple[:2]) == 1]
    raters = [user for _, user, _ in once]
    kept = sorted(triple for triple in once if raters.count(triple[1]) >= least)
    if not kept:
        with pytest.raises(InputError, match="no user has"):
            parsed(goodbooks, "ratings.csv", text.encode(), minimum_ratings=least)
        return
    found = parsed(goodbooks, "ratings.csv", text.encode(), minimum_ratings=least)
    users = sorted({user for _, user, _ in kept})
    named = [(book + 1, users[user], stars) for book, user, stars in zip(*triples_of(found), strict=True)]
    assert sorted(named) == kept
    assert found.shape == (max(book for book, _, _ in ratings), len(users))


def triples_of(ratings):
    return [getattr(ratings, name).tolist() for name in ("rows", "columns", "values")]


@EXAMPLES
@given(X=MATRICES)
def test_metabolic_values_are_those_printed(X):
    header = "\t".join(['"ID_REF"', *(f'"GSM{sample}"' for sample in range(X.shape[1]))])
    rows = ["\t".join([f'"probe {number}"', *map(repr, row)]) for number, row in enumerate(X.tolist())]
    text = "\n".join(["!Series", "!series_matrix_table_begin", header, *rows, "!series_matrix_table_end", ""])
    np.testing.assert_array_equal(parsed(metabolic, "series.txt", text.encode()), X)


@EXAMPLES
@given(X=MATRICES.filter(lambda X: len(X) > 1), order=st.sampled_from("CF"), dtype=st.sampled_from(["f8", "f4", "u4"]))
def test_orl_photos_are_those_saved(X, order, dtype):
    photos, content = X.astype(dtype, order=order), io.BytesIO()  # type: ignore[call-overload]
    np.savez_compressed(content, testX=photos[1:], trainX=photos[:1])
    np.testing.assert_array_equal(parsed(orl, "ORL_faces.npz", content.getvalue()), photos)


@EXAMPLES
@given(cube=arrays(np.uint16, array_shapes(min_dims=3, max_dims=3, max_side=5)), flat=st.booleans())
def test_satellite_pixels_are_counted_column_by_column(cube, flat):
    pixels = np.stack([cube[row, column] for column in range(cube.shape[1]) for row in range(cube.shape[0])], axis=1)
    content = io.BytesIO()
    scipy.io.savemat(content, {"Y": pixels} if flat else {"R": cube}, do_compression=flat)
    np.testing.assert_array_equal(parsed(satellite, "Urban.mat", content.getvalue()), pixels)


@EXAMPLES
@given(
    flux=MATRICES.filter(lambda X: 1 < min(X.shape) < max(X.shape)),
    wavelengths_first=st.booleans(),
    table=st.booleans(),
)
def test_extragalactic_wavelengths_are_rows_however_the_file_is_laid_out(flux, wavelengths_first, table):
    stored, wavelengths = (flux if wavelengths_first else flux.T), np.arange(flux.shape[0], dtype=np.float64) + 4000
    units = [fits.PrimaryHDU()]
    if table:
        column = fits.Column("FLUX", f"{stored.size}D", dim=str(stored.shape[::-1]), array=stored[None])
        units.append(fits.BinTableHDU.from_columns([column]))
    else:
        units.append(fits.ImageHDU(stored, name="flux"))
    units.append(fits.ImageHDU(wavelengths, name="wave"))
    content = io.BytesIO()
    fits.HDUList(units).writeto(content)
    np.testing.assert_array_equal(parsed(extragalactic, "spectra.fits", content.getvalue()), flux)
