"""What the supplementary figures, S1 to S13, draw, against plain computations from their tables."""

from pkgutil import resolve_name

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from starnmf.figures.catalogue import FIGURES
from starnmf.figures.style import BLUE, GREY, RC, VERMILION
from tests.figures.companion_tables import SMOOTH, TABLES
from tests.figures.test_drawn_data import band_of
from tests.filled_tables import write_filled

EDGES = [0, 1]
"""Where lines of a single number begin and end, in parts of the panel."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The page of a figure and the rows of its table, which are in the file in any order."""
    pages = {}

    def draw(name):
        if name not in pages:
            figure, path = FIGURES[name], tmp_path_factory.mktemp("tables") / f"{name}.csv"
            write_filled(figure.table, TABLES[name]().sample(frac=1, random_state=1), path)
            with rc_context(RC):
                pages[name] = resolve_name(f"starnmf.{figure.draw}")(figure, figure.table.read([path]))
            # As another program reads them.
            pages[name] = pages[name], pd.read_csv(path)
        return pages[name]

    return draw


def look(line):
    return to_rgb(line.get_color()), line.get_linestyle()


GREY_LINE, GREY_DASHES, GREY_DOTS = ((to_rgb(GREY), style) for style in ("-", "--", ":"))


def named(legend):
    """Colour and style of every entry of a legend, by its label."""
    return {text.get_text(): look(line) for line, text in zip(legend.legend_handles, legend.get_texts(), strict=True)}


def ordered(curves, style):
    """Curves by where they begin; dots that no line joins are put in order as well."""
    curves = [np.array(curve, dtype=float) for curve in curves]
    if style == "None":
        curves = [curve[:, np.lexsort(curve[::-1])] for curve in curves]
    return sorted(curves, key=lambda curve: tuple(curve[:, 0]))


def assert_shows(panel, expected):
    """A panel has these curves and no others: x and y of each, by their colour and style."""
    found = {}
    for line in panel.get_lines():
        found.setdefault(look(line), []).append(line.get_data())
    assert found.keys() == expected.keys()
    for of_look, curves in expected.items():
        assert len(found[of_look]) == len(curves)
        for one, other in zip(*(ordered(many, of_look[1]) for many in (found[of_look], curves)), strict=True):
            np.testing.assert_allclose(one, other)


def where(rows, **values):
    for column, value in values.items():
        rows = rows[rows[column] == value]
    return rows


def columns(rows, x, y):
    """Two columns of rows, in the order of the first."""
    return rows.sort_values(x)[[x, y]].to_numpy().T


def series(values):
    """The index and the values of what pandas has grouped."""
    return values.index, values


def test_shares_and_intervals_of_figure_s1(drawn):
    page, rows = drawn("figureS1")
    looks = named(page.legends[0])
    assert list(looks) == [*(f"learning rate {rate}" for rate in ("0.0005", "0.001", "0.002")), "the slides' 12 %"]
    ways = [("stochastic", 0.9), ("stochastic", 0.0), ("mean", 0.9)]
    for panel, (gradient, momentum) in zip(page.axes, ways, strict=True):
        shown = where(rows, gradient=gradient, momentum=momentum, threshold=0.1).sort_values("steps")
        expected = {looks["the slides' 12 %"]: [(EDGES, [0.12053] * 2)]}
        for number, rate in enumerate((0.0005, 0.001, 0.002)):
            of_rate = where(shown, learning_rate=rate)
            of_look = looks[f"learning rate {rate:g}"]
            expected[of_look] = [columns(of_rate, "steps", "share")]
            np.testing.assert_allclose(band_of(panel, number), of_rate[["low", "high"]].T)
            assert to_rgb(panel.collections[number].get_facecolor()[0]) == of_look[0]
        assert_shows(panel, expected)
        assert len(panel.collections) == 3


def test_smallest_deltas_of_figure_s2(drawn):
    page, rows = drawn("figureS2")
    on_grid, at_random = page.axes
    looks = named(on_grid.get_legend())
    expected = {GREY_LINE: [(EDGES, [0.5, 0.5])]}
    for angle in (30, 60, 90):
        of_angle = where(rows, kind="grid")[lambda grid, angle=angle: abs(grid["angle"] - angle) < 1]
        colour, style = looks.pop(f"{angle}° to z")
        expected[colour, style] = [columns(of_angle, "ratio", "delta")]
        expected[colour, "--"] = [columns(of_angle, "ratio", "first_order_bound")]
    assert_shows(on_grid, expected)
    others = named(at_random.get_legend())
    expected = {GREY_LINE: [([0.5, 0.5], EDGES)]}
    for n, r in ((2, 1), (4, 1), (4, 2)):
        delta = np.sort(where(rows, kind="random", n=n, r=r)["delta"])
        expected[others.pop(f"n = {n}, r = {r}")] = [([0, *delta], [0, *((delta <= at).mean() for at in delta)])]
    assert_shows(at_random, expected)
    assert {line.get_drawstyle() for line in at_random.get_lines()[1:]} == {"steps-post"}
    assert not looks
    assert not others


def test_medians_and_bands_of_figure_s3(drawn):
    page, rows = drawn("figureS3")
    ways = [(instance, gradient) for instance in ("oblique", "orthogonal") for gradient in ("stochastic", "mean")]
    for panel, (instance, gradient) in zip(page.axes, ways, strict=True):
        shown = where(rows, instance=instance, gradient=gradient).sort_values("gamma")
        failed = {GREY_DOTS: [(EDGES, [0.1, 0.1])]}
        assert_shows(panel, {(to_rgb(BLUE), "-"): [columns(shown, "gamma", "median")]} | failed)
        light, dark = sorted(panel.collections, key=lambda band: band.get_alpha())
        for band, ends in ((light, ["minimum", "maximum"]), (dark, ["low", "high"])):
            np.testing.assert_allclose(
                band_of(panel, list(panel.collections).index(band)), np.maximum(shown[ends].T, 1e-16)
            )


def test_potentials_of_figure_s4(drawn):
    page, rows = drawn("figureS4")
    looks = named(page.legends[0])
    starts = {"drawn signs": "signed", "positive": "positive", "negative": "negative", "rotating": "rotating"}
    assert list(looks) == [*starts, "required"]
    ways = [("relu", 0.25), ("relu", 0.0), ("linear", 0.0)]
    rows["potential"] = rows["positive"] + 7.8 * rows["negative"]
    rows.loc[rows["potential"] <= 1e-10, "potential"] = np.nan
    for panel, (decoding, threshold) in zip(page.axes, ways, strict=True):
        shown = where(rows, n=10, decoding=decoding, threshold=threshold)
        expected = {looks["required"]: [([0, 5, 10, 20], 0.99 ** np.array([0, 5, 10, 20]))]}
        for label, start in starts.items():
            of_start = where(shown, start=start)
            expected[looks[label]] = [columns(where(of_start, trial=k), "iteration", "potential") for k in (0, 1)]
        assert_shows(panel, expected)


def test_remaining_errors_of_figure_s5(drawn):
    page, rows = drawn("figureS5")
    *strengths, samples = page.axes
    rows["left"] = np.maximum(rows["off_diagonal"], rows["outside"])
    usual = where(rows, samples=10_000, pseudo_inverse="least-infinity")
    for panel, noise in zip(strengths, ("adversarial", "unbiased"), strict=True):
        looks, expected = named(panel.get_legend()), {}
        for n in (5, 10, 20):
            colour, style = looks.pop(str(n))
            expected[colour, style] = [series(where(usual, n=n, noise=noise).groupby("strength")["left"].mean())]
            without = where(usual, n=n, noise="none")["left"].mean()
            expected[colour, ":"] = [(EDGES, [without, without])]
        if noise == "unbiased":
            other = where(rows, noise=noise, pseudo_inverse="moore-penrose")
            assert looks["10, Moore-Penrose"][0] == to_rgb(VERMILION), "the colour of 10 features"
            expected[looks.pop("10, Moore-Penrose")] = [series(other.groupby("strength")["left"].mean())]
        assert_shows(panel, expected)
        assert not looks
        assert panel.get_legend().get_title().get_text() == "features"
    looks = named(samples.get_legend())
    labels = {"no noise": ("none", 0.0), "adversarial": ("adversarial", 0.3), "unbiased": ("unbiased", 0.3)}
    assert list(looks) == list(labels)
    of_ten = where(rows, n=10, pseudo_inverse="least-infinity")
    expected = {
        looks[label]: [series(where(of_ten, noise=noise, strength=strength).groupby("samples")["left"].mean())]
        for label, (noise, strength) in labels.items()
    }
    assert_shows(samples, expected)


@pytest.mark.parametrize(
    ("place", "condition", "labels", "required"),
    [
        (
            *(0, "warm-start"),
            {
                "ReLU, α = 0.25": {"decoding": "relu", "threshold": 0.25},
                "ReLU, α = 0": {"decoding": "relu", "threshold": 0.0},
                "without ReLU": {"decoding": "linear"},
            },
            0.1,
        ),
        (1, "sparsity", {"0 or 1": {"law": "bernoulli"}, "0, 1/2 or 1": {"law": "graded"}}, None),
        (2, "imbalance", {"unchanged": {"preprocessing": "none"}, "balanced": {"preprocessing": "balancing"}}, 2),
    ],
)
def test_largest_errors_of_figure_s6(drawn, place, condition, labels, required):
    page, rows = drawn("figureS6")
    panel = page.axes[place]
    looks = named(panel.get_legend())
    assert list(looks) == list(labels)
    expected = {} if required is None else {GREY_DOTS: [([required] * 2, EDGES)]}
    for label, values in labels.items():
        shown = where(rows, condition=condition, **values)
        expected[looks[label]] = [series(shown.groupby("value")["error"].max().clip(lower=1e-12))]
    assert_shows(panel, expected)


def test_eigenvalues_and_constants_of_figure_s7(drawn):
    page, rows = drawn("figureS7")
    smooth, relu = page.axes
    looks, expected = named(smooth.get_legend()), {}
    assert list(looks) == list(SMOOTH)
    for activation in SMOOTH:
        colour, style = looks[activation]
        of_activation = where(rows, activation=activation)
        expected[colour, style] = [columns(of_activation, "d", "smallest_eigenvalue")]
        expected[colour, "--"] = [columns(of_activation, "d", "rho")]
    assert_shows(smooth, expected)
    looks = named(relu.get_legend())
    shown = where(rows, activation="relu").query("d < 20")
    expected = {
        looks.pop("printed moments"): [columns(shown, "d", "multiple_printed")],
        looks.pop("the ReLU's moments"): [columns(shown, "d", "multiple")],
        GREY_DASHES: [(EDGES, [1 / (2 * np.pi) ** 2] * 2)],
    }
    assert_shows(relu, expected)
    assert not looks


def test_eigenvalues_and_quotients_of_figure_s8(drawn):
    page, rows = drawn("figureS8")
    looks = named(page.axes[0].get_legend())
    assert list(looks) == ["d = 2", "d = 3", "d = 4", "d = 6"]
    rows["quotient"] = rows["fixed_eigenvalue"] / rows["smallest_entry"] ** 2
    for panel, column in zip(page.axes, ("fixed_eigenvalue", "quotient"), strict=True):
        expected = {
            of_look: [columns(where(rows, d=int(label[4:])), "smallest_entry", column)]
            for label, of_look in looks.items()
        }
        if column == "fixed_eigenvalue":
            ends = np.array([rows["smallest_entry"].min(), 1])
            expected[GREY_DASHES] = [(ends, 0.1 * ends * ends)]
        assert_shows(panel, expected)


def test_smallest_ratios_of_figure_s9(drawn):
    page, rows = drawn("figureS9")
    looks = named(page.legends[0])
    labels = {
        "κ, 1, 1 for U*": ("one large", "U"),
        "κ, 1, 1 for U*, V*": ("one large", "both"),
        "κ, κ, 1 for U*": ("one small", "U"),
        "κ, κ, 1 for U*, V*": ("one small", "both"),
    }
    assert list(looks) == list(labels)
    rows["ratio"] = rows["smallest_eigenvalue"] / rows["bound"]
    for panel, activation in zip(page.axes, SMOOTH, strict=True):
        expected = {}
        for label, (spread, of) in labels.items():
            shown = where(rows, activation=activation, spread=spread, condition_of=of)
            expected[looks[label]] = [series(shown.groupby("kappa")["ratio"].min())]
        assert_shows(panel, expected)
        (grey,) = panel.patches
        assert to_rgb(grey.get_facecolor()) == to_rgb(GREY)
        assert grey.get_y() <= panel.get_ylim()[0]
        assert grey.get_y() + grey.get_height() == 1


def test_deviations_and_slopes_of_figure_s10(drawn):
    page, rows = drawn("figureS10")
    looks = named(page.legends[0])
    assert list(looks) == ["sigmoid", "tanh", "ReLU"]
    slopes = {"users and items": -0.5, "observations": -0.5, "dimension": 0.5, "distance": 1}
    for panel, (sweep, slope) in zip(page.axes, slopes.items(), strict=True):
        expected = {}
        for label, of_look in looks.items():
            x, y = columns(where(rows, sweep=sweep, activation=label.lower()), "size", "deviation")
            # The line of this slope that fits the dots best, on both axes' scale.
            factor = np.exp(np.mean(np.log(y / x**slope)))
            expected |= {of_look: [(x, y)], (of_look[0], "--"): [(x, factor * x**slope)]}
        assert_shows(panel, expected)


def test_descents_and_bounds_of_figure_s11(drawn):
    page, rows = drawn("figureS11")
    looks = named(page.legends[0])
    assert list(looks) == ["descents", "1 − Mₗ/Mᵤ a step", "(1 − Mₗ/Mᵤ)² a step"]
    for panel, activation in zip(page.axes, SMOOTH, strict=True):
        shown = where(rows, activation=activation)
        farthest = shown["squared_distance"].max()
        factor = 1 - (shown["M_l"] / shown["M_u"]).max()
        expected = {
            looks["descents"]: [columns(where(shown, trial=k), "step", "squared_distance") for k in range(3)],
            looks["1 − Mₗ/Mᵤ a step"]: [([0, 50], [farthest, farthest * factor**50])],
            looks["(1 − Mₗ/Mᵤ)² a step"]: [([0, 50], [farthest, farthest * factor**100])],
        }
        assert_shows(panel, expected)


def test_cells_and_colours_of_figure_s12(drawn):
    page, rows = drawn("figureS12")
    *panels, bar = page.axes
    ways = [(start, activation) for start in ("near", "random") for activation in ("sigmoid", "tanh", "relu")]
    for panel, (start, activation) in zip(panels, ways, strict=True):
        (image,) = panel.get_images()
        shown = where(rows, start=start, activation=activation)
        cells = [
            [where(shown, observed=up, users=right)["recovered"].item() / 8 for right in (20, 40, 160)]
            for up in (50, 400)
        ]
        np.testing.assert_allclose(image.get_array(), cells)
        assert image.origin == "lower"
        labels = [[label.get_text() for label in axis.get_ticklabels()] for axis in (panel.xaxis, panel.yaxis)]
        assert labels == [["20", "40", "160"], ["50", "400"]]
        # Brighter where more trials recover, and unlike for every number of them.
        brightness = image.cmap(image.norm(np.arange(9) / 8))[:, :3].sum(axis=1)
        assert (np.diff(brightness) > 0).all()
    assert bar.get_ylabel() == "trials that recover, of 8"
    numbers = [int(label.get_text()) for label in bar.get_yticklabels()]
    np.testing.assert_allclose(bar.get_yticks(), np.array(numbers) / 8)
    assert numbers[0] == 0
    assert numbers[-1] == 8


def test_errors_and_means_of_figure_s13(drawn):
    page, rows = drawn("figureS13")
    (panel,) = page.axes
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert sorted(names) == sorted(rows["model"].unique())
    for place, name in enumerate(names):
        errors = where(rows, model=name)["rmse"]
        dots, bar = (line for line in panel.get_lines() if line.get_ydata()[0] == place)
        np.testing.assert_allclose(np.sort(dots.get_xdata()), np.sort(errors))
        np.testing.assert_allclose(bar.get_data(), [[errors.sum() / 4], [place]])
        (number,) = (text for text in panel.texts if text.get_position()[1] == place)
        assert number.get_text() == f"{errors.sum() / 4:.3f}"


LABELS = {
    "figureS1": (
        "a) single, momentum 0.9; b) single, no momentum; c) mean, momentum 0.9",
        "steps",
        "starts that failed",
    ),
    "figureS2": (
        "a) against length and angle; b) random pairs",
        "|x|² / |z|²; smallest δ",
        "smallest δ; share of pairs",
    ),
    "figureS3": (
        "oblique, single measurements; oblique, mean of all measurements; "
        "orthogonal, single measurements; orthogonal, mean of all measurements",
        "γ: 0 is the local minimum, 1 is noise",
        "error |UU' − ZZ'|",
    ),
    "figureS4": ("a) ReLU, α = 0.25; b) ReLU, α = 0; c) without ReLU", "iteration", "potential"),
    "figureS5": (
        "a) adversarial noise; b) unbiased noise; c) samples",
        "strength of the noise; samples of an iteration",
        "remaining error",
    ),
    "figureS6": (
        "a) warm start; b) sparsity; c) imbalance",
        "|E|ₛ of the start; probability s / n of a weight; largest over smallest E[x²]",
        "largest error |Â − A*|₁",
    ),
    "figureS7": ("a) smooth activations; b) ReLU", "dimension d = k", "smallest eigenvalue; largest C₀"),
    "figureS8": (
        "a) smallest eigenvalue; b) over the square of the entry",
        "smallest |u*₁ᵢ|",
        "smallest eigenvalue; eigenvalue / smallest entry²",
    ),
    "figureS9": ("a) sigmoid; b) tanh; c) erf", "condition number κ", "eigenvalue / printed bound"),
    "figureS10": (
        "a) users and items; b) observations; c) dimension; d) distance",
        "users, and as many items; observations; dimension d; distance from the truth",
        "spectral norm of the difference",
    ),
    "figureS11": ("a) sigmoid; b) tanh; c) erf", "steps", "|U − U*|² + |V − V*|²"),
    "figureS12": (
        "a) sigmoid, near start; b) tanh, near start; c) ReLU, near start; "
        "d) sigmoid, random start; e) tanh, random start; f) ReLU, random start",
        "users, and as many items",
        "observations; trials that recover, of 8",
    ),
    "figureS13": (
        "MovieLens-1M (synthetic, reduced 1/8)",
        "root mean squared error on unseen users, in stars",
        "",
    ),
}
"""Titles of panels, and the unlike labels of their axes."""


@pytest.mark.parametrize("name", LABELS)
def test_titles_and_labels(drawn, name):
    page, _ = drawn(name)
    titles = [panel.get_title(loc="left") for panel in page.axes]
    # Panels share a label below the last row, and one left of the first panel of a row.
    xlabels, ylabels = ([get(panel) for panel in page.axes] for get in (Axes.get_xlabel, Axes.get_ylabel))
    found = tuple("; ".join(dict.fromkeys(filter(None, labels))) for labels in (titles, xlabels, ylabels))
    assert found == LABELS[name]
