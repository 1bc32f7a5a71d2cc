"""Unseen users: features as published, cells that say what ratings say, and fits against plain least squares."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from starnmf.companions.inductive import cold_start
from starnmf.companions.inductive.activations import SIGMOID, TANH
from starnmf.companions.inductive.cells import Cells, grouping
from starnmf.companions.inductive.cold_start import LINEAR, additive_fit, fit, measure_cold_start, split_users
from starnmf.datasets.movielens_features import GENRES, RatedFeatures, read_features
from starnmf.datasets.stand_in import write_stand_in
from starnmf.errors import InputError

USERS = "1::F::1::10::48067\n2::M::56::16::70072\n4::M::25::15::55117-1234\n"
MOVIES = "1::Toy Story (1995)::Animation|Children's|Comedy\n7::Misérables, Les (1995)::Drama\n"
RATINGS = "1::1::5::978300760\n4::7::3::978302109\n1::7::2::978301968\n"


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    users = np.eye(30)[random.integers(4, size=40)]
    movies = (random.random((25, 18)) < 0.2).astype(float)
    user, movie = random.integers(40, size=2000), random.integers(25, size=2000)
    return RatedFeatures(users, movies, user, movie, random.integers(1, 6, size=2000).astype(float))


def write(folder, users=USERS, movies=MOVIES, ratings=RATINGS):
    with zipfile.ZipFile(folder / "ml-1m.zip", "w") as archive:
        for name, text in (("users", users), ("movies", movies), ("ratings", ratings)):
            archive.writestr(f"ml-1m/{name}.dat", text.encode("latin-1"))


def test_features_are_read_as_published(tmp_path):
    write(tmp_path)
    found = read_features(tmp_path)
    assert found.users.shape == (3, 30)
    assert np.flatnonzero(found.users[2]).tolist() == [1, 2 + 2, 9 + 15]
    assert [GENRES[index] for index in np.flatnonzero(found.movies[0])] == ["Animation", "Children's", "Comedy"]
    assert found.user.tolist() == [0, 2, 0]
    assert found.movie.tolist() == [0, 1, 1]
    assert found.stars.tolist() == [5, 3, 2]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"users": "1::F::1::10\n"}, r"users.dat: line 1 is '1::F::1::10'; expected user, gender"),
        ({"users": USERS + "5::X::1::1::0\n"}, "line 4 is '5::X"),
        ({"movies": MOVIES.replace(", Les", "::Les")}, "line 2 is '7::Mis.*expected movie, title and genres"),
        ({"movies": "1::T::Comedy|Jokes\n"}, "line 1 is '1::T::Comedy|Jokes'"),
        ({"users": ""}, "found no lines"),
        ({"users": USERS + "2::F::1::10::0\n"}, "users.dat: 2 is there more than once; expected every user once"),
        ({"movies": MOVIES + "7::T::Comedy\n"}, "movies.dat: 7 is there more than once; expected every movie once"),
        ({"users": USERS + "1_0::F::1::10::0\n"}, "line 4 is '1_0"),
        ({"ratings": "3::1::5::1\n"}, "rating with user 3, who is not in the list"),
        ({"ratings": "1::8::5::1\n"}, "rating with movie 8"),
        ({"ratings": "1::1::6::1\n"}, "rating 6"),
    ],
)
def test_what_is_malformed_is_named(tmp_path, changed, message):
    write(tmp_path, **changed)
    with pytest.raises(InputError, match=message):
        read_features(tmp_path)


def test_cells_have_the_error_of_their_ratings(data):
    cells = grouping(data).cells(np.arange(40) < 30)
    chosen = data.user < 30
    assert cells.ratings == chosen.sum()
    groups = grouping(data)
    predicted = np.random.default_rng(1).uniform(1, 5, cells.counts.shape)
    of_rating = predicted[groups.of_user[data.user], groups.of_movie[data.movie]][chosen]
    assert cells.rmse(predicted) == pytest.approx(np.sqrt(np.square(of_rating - data.stars[chosen]).mean()))


def test_additive_fit_is_plain_least_squares(data):
    cells = grouping(data).cells(np.ones(40, dtype=bool))
    design = np.concatenate([data.users[data.user], data.movies[data.movie], np.ones((2000, 1))], axis=1)
    residual = data.stars - design @ np.linalg.lstsq(design, data.stars, rcond=None)[0]
    assert cells.rmse(additive_fit(cells)) == pytest.approx(np.sqrt(np.square(residual).mean()))


def test_linear_model_of_full_rank_is_least_squares_on_products(data):
    cells = grouping(data).cells(np.ones(40, dtype=bool))
    x, y = np.insert(data.users, 0, 1, axis=1), np.insert(data.movies, 0, 1, axis=1)
    design = np.einsum("np,nq->npq", x[data.user], y[data.movie]).reshape(2000, -1)
    residual = data.stars - design @ np.linalg.lstsq(design, data.stars, rcond=None)[0]
    found = fit(LINEAR, cells, 19, 1e-9, np.random.default_rng(2))
    assert cells.rmse(found.predict(cells)) == pytest.approx(np.sqrt(np.square(residual).mean()), rel=1e-3)


@pytest.mark.parametrize("activation", [SIGMOID, TANH], ids=lambda one: one.name)
def test_fit_is_stationary(data, activation, monkeypatch):
    """By differences of the risk, written down rating by rating."""
    monkeypatch.setattr(cold_start, "STEPS", 20_000)
    cells = grouping(data).cells(np.ones(40, dtype=bool))
    found = fit(activation, cells, 2, 1e-2, np.random.default_rng(3))
    x, y = np.insert(data.users, 0, 1, axis=1)[data.user], np.insert(data.movies, 0, 1, axis=1)[data.movie]

    def risk(U, V, c):
        predicted = c + (activation.value(x @ U) * activation.value(y @ V)).sum(1)
        return np.square(predicted - data.stars).mean() + 1e-2 * (np.square(U).sum() + np.square(V).sum())

    step, random = 1e-4, np.random.default_rng(4)
    for _ in range(5):
        dU, dV, dc = random.standard_normal(found.U.shape), random.standard_normal(found.V.shape), random.normal()
        values = [risk(found.U + s * dU, found.V + s * dV, found.c + s * dc) for s in (-step, step)]
        assert (values[1] - values[0]) / (2 * step) == pytest.approx(0, abs=5e-3)


@pytest.mark.parametrize("activation", [SIGMOID, TANH], ids=lambda one: one.name)
def test_a_planted_product_is_found(data, activation):
    random = np.random.default_rng(5)
    U, V = random.standard_normal((31, 2)), random.standard_normal((19, 2))
    groups = grouping(data)
    cells = groups.cells(np.ones(40, dtype=bool))
    product = activation.value(cells.X @ U) @ activation.value(cells.Y @ V).T
    means = 2 + product / product.max()
    planted = Cells(cells.X, cells.Y, cells.counts, np.where(cells.counts > 0, means, 0), 0.0)
    assert planted.rmse(means) < 1e-9
    assert planted.rmse(fit(activation, planted, 6, 1e-8, random).predict(planted)) < 0.05 * means.std()


def test_means_by_genres_and_by_movie_are_those_of_a_table(data):
    split = split_users(40, np.random.default_rng(7))
    table = pd.DataFrame({"user": data.user, "movie": data.movie, "stars": data.stars})
    table["genres"] = [str(data.movies[movie]) for movie in data.movie]
    training = table[~split.test[data.user]]
    rows = pd.DataFrame(cold_start._baselines(grouping(data), split)).set_index("model")
    for model, key in (("genre mean", "genres"), ("movie mean", "movie")):
        sums = training.groupby(key)["stars"].agg(["sum", "count"])
        means = (sums["sum"] + 5 * training["stars"].mean()) / (sums["count"] + 5)
        for column, part in (("train_rmse", training), ("rmse", table[split.test[data.user]])):
            errors = part["stars"] - part[key].map(means)
            assert rows.loc[model, column] == pytest.approx(np.sqrt(np.square(errors).mean()))


def test_users_are_split_four_to_one():
    split = split_users(100, np.random.default_rng(6))
    assert (split.test.sum(), split.choose.sum(), split.fit.sum()) == (20, 16, 64)
    assert (split.test.astype(int) + split.choose + split.fit == 1).all()


def test_table_of_a_stand_in_whose_features_tell_of_its_ratings(tmp_path, monkeypatch):
    monkeypatch.setattr(cold_start, "RANKS", (3,))
    monkeypatch.setattr(cold_start, "PENALTIES", (1e-3, 1e-2))
    monkeypatch.setattr(cold_start, "STARTS", 1)
    write_stand_in("movielens", tmp_path, (198, 302), 6, 0)
    one = measure_cold_start(tmp_path, "stand-in", 2, 0, 1, 10**9)
    assert one.equals(measure_cold_start(tmp_path, "stand-in", 2, 0, 2, 10**9)), "the same on any number of threads"
    assert (one["source"] == "stand-in").all()
    assert (one["reduction"] > 1).all()
    assert one.groupby("split")["test_ratings"].nunique().eq(1).all()
    means = one.groupby("model")["rmse"].mean()
    assert means["IMC"] < means["global mean"]
