"""The planted model against its definitions, and the exact expectations against the sum over all outcomes."""

from itertools import product

import numpy as np
import pytest
from scipy import integrate, stats

from starnmf.theory.convexity import observed_products
from starnmf.theory.distributions import CENTRED, CLIPPED, CLIPPED_AT, EXPONENTIAL, HALF_NORMAL, UNIFORM
from starnmf.theory.facts import FACTS
from starnmf.theory.planted import Instances, differences, draw_instances, quartics
from starnmf.theory.profile import expected_curvature

LAMBDA = np.linspace(-0.5, 1.5, 9)


@pytest.mark.parametrize("kind", ["random-random", "random-planted"])
def test_loss_along_a_line_is_the_loss_of_the_factors_there(kind):
    drawn = draw_instances(CENTRED, np.random.default_rng(0), 5, 7, 4, 3)
    losses = quartics(differences(drawn), kind).loss(LAMBDA[:, np.newaxis])
    for t in range(5):
        X = drawn.U_star[t] @ drawn.V_star[t] if kind == "random-random" else drawn.U1[t] @ drawn.V1[t]
        for at, loss in zip(LAMBDA, losses[:, t], strict=True):
            U, V = (at * end[t] + (1 - at) * start[t] for end, start in ((drawn.U1, drawn.U2), (drawn.V1, drawn.V2)))
            assert loss == pytest.approx(0.5 * np.mean((U @ V - X) ** 2), rel=1e-10)


def test_inner_products_over_observed_entries():
    lines = differences(draw_instances(HALF_NORMAL, np.random.default_rng(1), 4, 6, 5, 2))
    chance = np.random.default_rng(2).random((4, 6, 5), dtype=np.float32)
    products = observed_products(lines, chance, (0.2, 0.7, 1.0))
    pairs = ((lines.W1, lines.W1), (lines.W1, lines.W2), (lines.W2, lines.W2), (lines.W0_random, lines.W2))
    for t in range(4):
        for place, observed in enumerate((0.2, 0.7, 1.0)):
            seen = chance[t] < observed
            expected = [(one[t][seen] * other[t][seen]).sum() for one, other in pairs]
            np.testing.assert_allclose(products[t, place], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("distribution", "density", "end", "beyond"),
    [
        (HALF_NORMAL, stats.halfnorm.pdf, np.inf, 0.0),
        (UNIFORM, stats.uniform.pdf, 1.0, 0.0),
        (EXPONENTIAL, stats.expon.pdf, np.inf, 0.0),
        (CLIPPED, stats.halfnorm.pdf, CLIPPED_AT, stats.halfnorm.sf(CLIPPED_AT)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_mean_and_variance_are_the_integrals(distribution, density, end, beyond):
    mean, square = (
        integrate.quad(lambda x, power=power: x**power * density(x), 0, end)[0] + beyond * CLIPPED_AT**power
        for power in (1, 2)
    )
    assert distribution.mean == pytest.approx(mean, rel=1e-9)
    assert distribution.variance == pytest.approx(square - mean**2, rel=1e-9)
    drawn = distribution.draw(np.random.default_rng(0), (400_000,))
    assert abs(drawn.mean() - mean) < 5 * drawn.std() / 400_000**0.5
    assert (drawn >= 0).all()


@pytest.mark.parametrize("shape", [(2, 1, 1), (1, 1, 2)])
def test_exact_expectations_are_the_sums_over_all_outcomes(shape):
    """Entries are 0 or 3 with chances 3/4 and 1/4: few enough outcomes to take all of them."""
    n, m, r = shape
    low, high, chance = 0.0, 3.0, 0.25
    mean, variance = chance * high, chance * (1 - chance) * high**2
    count_U, count_V = 3 * n * r, 3 * r * m
    outcomes = np.array(list(product((low, high), repeat=count_U + count_V)))
    weights = np.where(outcomes == high, chance, 1 - chance).prod(axis=1)
    U = outcomes[:, :count_U].reshape(-1, 3, n, r).transpose(1, 0, 2, 3)
    V = outcomes[:, count_U:].reshape(-1, 3, r, m).transpose(1, 0, 2, 3)
    lines = differences(Instances(U[0], V[0], U[1], V[1], U[2], V[2]))

    def expectation(left, right):
        return float(weights @ (left * right).sum(axis=(1, 2))) / (n * m * r * variance**2)

    centred, mean_matrix = (U[2] - mean) @ (V[2] - mean), (U[2] - mean) @ np.full((r, m), mean)
    one = np.ones_like(lines.W1)
    found = {
        "fact-3": expectation(centred, centred),
        "fact-4": expectation(mean_matrix, mean_matrix),
        "fact-5": expectation(lines.W2, lines.W2),
        "fact-6": expectation(lines.W0_random, lines.W2),
        "fact-7": expectation(lines.W1, lines.W1),
        "fact-8": expectation(lines.W1, lines.W2),
        "fact-9-residual": expectation(lines.W0_random + 0.3 * lines.W1 + 0.09 * lines.W2, one),
        "fact-9-first": expectation(lines.W1 + 0.6 * lines.W2, one),
        "fact-9-second": expectation(lines.W2, one),
        "fact-10": expectation(lines.W0_planted, lines.W2),
    }
    q = mean**2 / variance
    for fact in FACTS:
        if fact.name in found:
            assert found[fact.name] == pytest.approx(fact.exact(q), abs=1e-9), fact.name
    for W0W2, W0 in ((1.0, lines.W0_random), (0.0, lines.W0_planted)):
        for at in (0.0, 0.5, 0.8):
            first, residual = lines.W1 + 2 * at * lines.W2, W0 + at * lines.W1 + at**2 * lines.W2
            second_derivative = expectation(first, first) + expectation(2 * lines.W2, residual)
            assert second_derivative == pytest.approx(expected_curvature(np.array(at), W0W2, q), abs=1e-9)
