import numpy as np
import pytest

from starnmf.datasets.planted import planted_factors, planted_matrix, planted_rating_table, stand_in_density
from starnmf.seeds import generator


def test_singular_values_drop_after_the_planted_rank():
    X = planted_matrix((200, 150), 5, generator(0, "planted"))
    singular = np.linalg.svd(X, compute_uv=False)
    assert X.min() > 0
    assert singular[4] > 4 * singular[5]


def test_planted_factors_are_sparse_and_of_mean_one():
    U, V = planted_factors((2000, 500), 6, generator(1, "planted"))
    assert (U >= 0).all()
    assert (U == 0).mean() == pytest.approx(0.3, abs=0.02)
    # 3 standard errors: the mean over entries varies as the column means of U and the row means of V do.
    assert (U @ V).mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("users", "items", "density"), [(400, 250, 0.1), (60, 40, 0.3), (3000, 900, 0.02)])
def test_planted_ratings_have_the_density_and_leave_nobody_out(users, items, density):
    user, item, stars = planted_rating_table(users, items, 4, density, generator(2, users))
    assert len(np.unique(user * items + item)) == len(user)
    assert len(user) / (users * items) == pytest.approx(density, rel=0.15)
    assert np.bincount(user, minlength=users).min() >= 3
    assert np.bincount(item, minlength=items).min() >= 3
    assert np.bincount(user).max() > 1.5 * np.bincount(user).mean()
    assert set(np.unique(stars)) == {1, 2, 3, 4, 5}


def test_planted_stars_have_a_structure_that_low_rank_explains():
    user, item, stars = planted_rating_table(300, 200, 2, 0.5, generator(3, "stars"))
    X = np.zeros((300, 200))
    X[user, item] = stars - stars.mean()
    shuffled = np.zeros_like(X)
    shuffled[user, item] = generator(4, "shuffle").permutation(X[user, item])
    assert np.linalg.norm(X, 2) > 2 * np.linalg.norm(shuffled, 2)


def test_density_is_the_published_one_at_full_size_and_raised_below():
    assert stand_in_density("movielens", (3953, 6041), 20) == 0.0419
    assert stand_in_density("movielens", (198, 302), 6) == pytest.approx(24 / 198)
    assert stand_in_density("movielens", (40, 30), 10) == 0.5
    assert stand_in_density("orl", (40, 30), 10) == 1.0
