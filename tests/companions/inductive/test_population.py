"""The population Hessian: against tensor quadrature, kernels with closed forms, and sampling."""

import numpy as np
import pytest

from starnmf.companions.inductive.activations import ACTIVATIONS, RELU, SIGMOID, SMOOTH, TANH, constants
from starnmf.companions.inductive.appendix_identities import measure_appendix_identities, proven_lambda
from starnmf.companions.inductive.conditioning import bound, measure_conditioning, singular_values
from starnmf.companions.inductive.first_row import measure_first_row, unitary_with_entry
from starnmf.companions.inductive.population import (
    Weights,
    hessian_at_truth,
    orthonormal,
    plane_moments,
    population_hessian,
    without_first_row,
)
from starnmf.companions.inductive.quadratic import (
    HALVES,
    hessian_form,
    largest_multiple,
    measure_orthogonal,
    printed_middle,
    printed_term,
    relu_form,
)
from starnmf.companions.inductive.sampling import draw_observations, empirical_hessian

D, K = 3, 2


@pytest.fixture
def points():
    random = np.random.default_rng(0)
    return Weights(*random.standard_normal((2, D, K))), Weights(*random.standard_normal((2, D, K)))


def tensor_rule():
    """Trapezoids on a plane grid under the normal density, exact to rounding for smooth functions: (n, 2) and (n,)."""
    nodes = np.linspace(-9, 9, 181)
    weight = np.exp(-(nodes**2) / 2)
    pairs = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    return pairs, np.outer(weight, weight).ravel() / weight.sum() ** 2


def test_moments_of_smooth_functions_are_those_of_a_tensor_rule():
    random = np.random.default_rng(1)
    u, w = random.standard_normal((2, 2))
    points, density = tensor_rule()
    weight = density * np.tanh(points @ u) * SIGMOID.first(points @ w)
    found = plane_moments(TANH.value, u, SIGMOID.first, w)
    assert found.zeroth == pytest.approx(weight.sum(), abs=1e-10)
    np.testing.assert_allclose(found.first, weight @ points, atol=1e-10)
    np.testing.assert_allclose(found.second, (points.T * weight) @ points, atol=1e-10)


def test_moments_of_relus_are_arc_cosine_kernels():
    """Cho and Saul (2009): of degree 0 for the derivative, of degree 1 for the value."""
    random = np.random.default_rng(2)
    for u, w in random.standard_normal((5, 2, 4)):
        lengths = np.linalg.norm(u), np.linalg.norm(w)
        theta = np.arccos(u @ w / np.prod(lengths))
        both = (np.pi - theta) / (2 * np.pi)
        level = np.prod(lengths) * (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / (2 * np.pi)
        steps = plane_moments(RELU.first, u, RELU.first, w)
        assert steps.zeroth == pytest.approx(both, abs=1e-12)
        assert plane_moments(RELU.value, u, RELU.value, w).zeroth == pytest.approx(level, rel=1e-12)
        assert u @ steps.second @ w == pytest.approx(level, rel=1e-12)


def test_moments_of_one_direction_twice():
    u = np.array([0.0, 2.0, 0.0])
    found = plane_moments(TANH.first, u, TANH.first, -u)
    z = np.linspace(-9, 9, 1801)
    weight = np.exp(-(z**2) / 2)
    weight = weight / weight.sum() * TANH.first(2 * z) ** 2
    np.testing.assert_allclose(found.second, np.diag([weight.sum(), weight @ z**2, weight.sum()]), atol=1e-10)


def population_loss(activation, at, truth):
    """Eq. (8) from expectations of phi(a) phi(b) alone, by a tensor rule."""
    points, density = tensor_rule()

    def mixed(left, right):
        root = np.linalg.qr(np.stack([left, right], axis=1))[1]
        return density @ (activation.value(points @ root[:, 0]) * activation.value(points @ root[:, 1]))

    def pairs(one):
        return list(zip(one.U.T, one.V.T, strict=True))

    def product(one, other):
        return sum(mixed(u, s) * mixed(v, t) for u, v in pairs(one) for s, t in pairs(other))

    return (product(at, at) - 2 * product(at, truth) + product(truth, truth)) / 2


@pytest.mark.parametrize("activation", [SIGMOID, TANH], ids=lambda one: one.name)
def test_population_hessian_is_that_of_the_loss(points, activation):
    """By central differences along random directions."""
    at, truth = points
    H = population_hessian(activation, at, truth)
    np.testing.assert_allclose(H, H.T, atol=1e-12)
    step, random = 1e-3, np.random.default_rng(3)
    for direction in random.standard_normal((3, at.flat.size)):
        moved = [Weights.from_flat(at.flat + s * step * direction, D, K) for s in (-1, 0, 1)]
        low, middle, high = (population_loss(activation, one, truth) for one in moved)
        assert direction @ H @ direction == pytest.approx((low - 2 * middle + high) / step**2, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    "activation",
    [SIGMOID, *(pytest.param(one, marks=pytest.mark.extended) for one in ACTIVATIONS.values() if one is not SIGMOID)],
    ids=lambda one: one.name,
)
def test_population_hessian_is_the_mean_of_empirical_ones(points, activation):
    at, truth = points
    random = np.random.default_rng(4)
    exact = population_hessian(activation, at, truth)
    n = 200_000
    found = [empirical_hessian(activation, at, truth, draw_observations(n, n, n, D, random)) for _ in range(4)]
    error = np.std(found, axis=0, ddof=1) / 2
    assert (np.abs(np.mean(found, axis=0) - exact) < 12 * error + 1e-3 * np.abs(exact).max()).all()


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda one: one.name)
def test_form_at_unitary_weights_is_the_hessian_there(activation):
    random = np.random.default_rng(5)
    form = hessian_form(constants(activation), 3)
    np.testing.assert_allclose(form, hessian_at_truth(activation, Weights(np.eye(3), np.eye(3))), atol=1e-10)
    turned = Weights(orthonormal(3, 3, random), orthonormal(3, 3, random))
    np.testing.assert_allclose(
        np.linalg.eigvalsh(form), np.linalg.eigvalsh(hessian_at_truth(activation, turned)), atol=1e-10
    )
    np.testing.assert_allclose(
        hessian_at_truth(activation, turned), population_hessian(activation, turned, turned), atol=1e-12
    )


def test_printed_forms_agree_with_the_hessian_but_for_the_misprint():
    A = np.random.default_rng(6).standard_normal((4, 4))
    c = constants(RELU)
    direction = np.concatenate([A.T.ravel(), np.zeros(16)])
    exact = direction @ hessian_form(c, 4) @ direction
    assert printed_term(c, A) == pytest.approx(exact)
    assert printed_middle(c, A, 2) == pytest.approx(exact)
    assert printed_middle(c, A, 1) != pytest.approx(exact, rel=1e-2)


def test_sum_of_squares_of_the_relu_is_the_printed_one():
    A, B = np.random.default_rng(7).standard_normal((2, 3, 3))
    g = np.diag(A) + np.diag(B)
    Ao, Bo = A - np.diag(np.diag(A)), B - np.diag(np.diag(B))
    squares = [Ao, Bo, (Ao + Ao.T) / 2**0.5, (Bo + Bo.T) / 2**0.5, Ao + Bo.T, g, Ao.sum(1) + g, Bo.sum(1) + g, g.sum()]
    direction = np.concatenate([A.T.ravel(), B.T.ravel()])
    assert direction @ relu_form(3) @ direction == pytest.approx(sum(np.square(part).sum() for part in squares))


def test_largest_multiple_is_what_random_directions_come_close_to():
    form, squares = hessian_form(constants(RELU), 2), relu_form(2)
    multiple = largest_multiple(form, squares)
    directions = np.random.default_rng(8).standard_normal((100_000, 8))
    values = np.einsum("ni,ij,nj->n", directions, form, directions)
    ratios = values / np.einsum("ni,ij,nj->n", directions, squares, directions)
    assert multiple <= ratios.min() < 1.15 * multiple
    assert largest_multiple(hessian_form(HALVES, 5), relu_form(5)) == pytest.approx(1 / 16)


def test_table_of_unitary_weights():
    table = measure_orthogonal()
    smooth = table[table["activation"] != "relu"]
    assert (smooth["smallest_eigenvalue"] >= smooth["rho"] * (1 - 1e-9)).all()
    from_three = smooth[smooth["d"] >= 3]
    np.testing.assert_allclose(from_three["smallest_eigenvalue"], from_three["rho"], rtol=1e-9)
    multiples = table["multiple"].dropna()
    # Falling towards 1 / (4 pi^2), which the symmetric directions reach as d grows.
    assert (np.diff(multiples) < 0).all()
    assert (multiples > 1 / (4 * np.pi**2)).all()
    assert (table["multiple_printed"].dropna() > multiples).all()


def test_constant_falls_to_its_limit_along_directions_that_treat_columns_alike():
    """Entries of both forms along A_o = a (11' - 1), g_A = b 1, and so B, are polynomials in d: read off small d."""

    def entries(d):
        off, diagonal = (np.ones((d, d)) - np.eye(d)).ravel(), np.eye(d).ravel()
        directions = np.kron(np.eye(2), np.stack([off, diagonal]))
        return [directions @ form @ directions.T for form in (hessian_form(constants(RELU), d), relu_form(d))]

    sizes = np.array([3, 4, 5, 6, 7])
    coefficients = np.linalg.solve(np.vander(sizes), np.array([entries(d) for d in sizes]).reshape(5, -1))
    # What is rounding here would be multiplied by up to 1e20 below; the smallest true one is 0.025.
    coefficients[np.abs(coefficients) < 1e-8] = 0

    def multiple(d):
        scale = np.kron(np.eye(2), np.diag([1 / d, 1 / d**0.5]))
        form, squares = (scale @ one @ scale for one in (d ** np.arange(4.0, -1, -1) @ coefficients).reshape(2, 4, 4))
        return largest_multiple(form, squares)

    assert multiple(12) == pytest.approx(largest_multiple(hessian_form(constants(RELU), 12), relu_form(12)))
    assert multiple(1e4) > multiple(1e5) > 1 / (4 * np.pi**2)
    assert multiple(1e5) == pytest.approx(1 / (4 * np.pi**2), rel=1e-3)


def test_fixing_the_first_row_takes_its_directions_out():
    random = np.random.default_rng(9)
    truth = Weights(*random.standard_normal((2, D, K)))
    hessian = hessian_at_truth(RELU, truth)
    free = Weights.from_flat(random.standard_normal(2 * D * K), D, K)
    free.U[0] = 0
    fixed = without_first_row(hessian, D, K)
    inside = np.concatenate([free.U[1:].T.ravel(), free.V.T.ravel()])
    assert inside @ fixed @ inside == pytest.approx(free.flat @ hessian @ free.flat)
    # Along u_i against v_i a ReLU does not change.
    scaled = Weights(truth.U * [1, 0], -truth.V * [1, 0]).flat
    assert scaled @ hessian @ scaled == pytest.approx(0, abs=1e-12)


def test_unitary_matrix_has_the_entry_that_is_asked_for():
    U = unitary_with_entry(4, 0.01, np.random.default_rng(10))
    np.testing.assert_allclose(U @ U.T, np.eye(4), atol=1e-12)
    assert abs(U[0, 0]) == pytest.approx(0.01)


@pytest.mark.extended
def test_table_of_first_rows_is_the_same_on_one_thread_and_two():
    one, two = (measure_first_row(1, 0, threads) for threads in (1, 2))
    assert one.equals(two)
    ratio = one["fixed_eigenvalue"] / one["smallest_entry"] ** 2
    assert ratio.between(0.05, 0.2).all()
    assert (one["free_eigenvalue"].abs() < 1e-12).all()


@pytest.fixture(scope="module")
def conditioning():
    return measure_conditioning(1, 0, 2)


@pytest.mark.extended
def test_bounds_at_orthonormal_weights_are_rho(conditioning):
    ones = singular_values("one large", 1)
    assert bound(0.5, ones, ones, proven_lambda, 2) == pytest.approx(0.5)
    smooth = conditioning[conditioning["activation"] != "relu"]
    at_one = smooth[smooth["kappa"] == 1]
    np.testing.assert_allclose(at_one["smallest_eigenvalue"], at_one["bound"], rtol=1e-8)
    assert (smooth["smallest_eigenvalue"] >= smooth["proven_bound"] * (1 - 1e-8)).all()


@pytest.mark.extended
@pytest.mark.parametrize("activation", SMOOTH, ids=lambda one: one.name)
def test_theorem_d5_fails_by_sampling_too(activation, conditioning):
    """Its bound at kappa = 64, printed, is above what the Hessian has along one direction over sampled features."""
    hard = conditioning.query("spread == 'one small' and condition_of == 'U' and axes == 'aligned' and kappa == 64")
    printed = hard.set_index("activation").loc[activation.name, "bound"]
    random = np.random.default_rng(11)
    # Every U* with the same singular values on the axes; a_1 along u_1 alone. Narrow, so x_1 is drawn near 0.
    U, V = np.diag([64.0, 64.0, 1.0]), np.eye(3)
    hessian = hessian_at_truth(activation, Weights(U, V))
    values, vectors = np.linalg.eigh(hessian)
    A, B = vectors[:, 0].reshape(2, 3, 3)
    width = 0.1
    x, y = random.standard_normal((2, 400_000, 3))
    likelihood = np.ones(len(x))
    for axis in (0, 1):
        wide = random.random(len(x)) < 0.5
        x[:, axis] *= np.where(wide, 1.0, width)
        density = np.exp(-(x[:, axis] ** 2) / 2)
        proposed = 0.5 * density + 0.5 * np.exp(-((x[:, axis] / width) ** 2) / 2) / width
        likelihood *= density / proposed
    left, right = x @ U, y @ V
    change = (activation.first(left) * activation.value(right) * (x @ A.T)).sum(1)
    change += (activation.first(right) * activation.value(left) * (y @ B.T)).sum(1)
    sampled = likelihood * change**2
    error = sampled.std() / np.sqrt(len(x))
    assert sampled.mean() == pytest.approx(values[0], abs=5 * error)
    assert sampled.mean() + 5 * error < printed


def test_identities_hold_but_for_the_misprints():
    table = measure_appendix_identities(0).set_index("equation")["largest_error"]
    wrong = {"D.1-misprint", "D.4-k3"}
    assert (table.drop(wrong) < 1e-10).all()
    assert (table[list(wrong)] > 0.1).all()
