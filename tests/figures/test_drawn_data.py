"""What the figures of landscapes draw, against the tables that they are drawn from."""

from pkgutil import resolve_name

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.colors import to_rgb
from scipy import stats

from starnmf.factorization.tables import RUNS
from starnmf.figures.catalogue import FIGURES
from starnmf.figures.drawing import rows_shown
from starnmf.figures.figure15 import means_in_time
from starnmf.figures.figure17 import means_of_ranks
from starnmf.figures.relative_deviation import by_subsample
from starnmf.figures.style import BLUE, GREEN, GREY, PURPLE, RC, VERMILION
from starnmf.landscape.tables import LINES, SPECTRUM


def drawn(name, given):
    """The page of a figure and the rows of its table."""
    figure = FIGURES[name]
    rows = rows_shown(figure, figure.table.read(given.save(figure.table)), "here")
    with rc_context(RC):
        page = resolve_name(f"starnmf.{figure.draw}")(figure, rows, RUNS.read(given.save(RUNS)))
    return page, rows


def curve(panel, colour, style="-"):
    """The x and y of the one line of a colour and style."""
    found = [
        line
        for line in panel.get_lines()
        if to_rgb(line.get_color()) == to_rgb(colour) and line.get_linestyle() == style and len(line.get_xdata()) > 2
    ]
    assert len(found) == 1, (panel.get_title(), colour, style, len(found))
    return np.asarray(found[0].get_xdata()), np.asarray(found[0].get_ydata())


def upright(panel, colour, style=":"):
    """Where the vertical lines of a colour and style stand."""
    lines = [line for line in panel.get_lines() if line.get_linestyle() == style and len(set(line.get_xdata())) == 1]
    return [line.get_xdata()[0] for line in lines if to_rgb(line.get_color()) == to_rgb(colour)]


def band_of(panel, number=0):
    """The lower and upper edge of a band, by x."""
    vertices = pd.DataFrame(panel.collections[number].get_paths()[0].vertices, columns=["x", "y"])
    edges = vertices.groupby("x")["y"].agg(["min", "max"])
    return edges["min"].to_numpy(), edges["max"].to_numpy()


@pytest.mark.parametrize(("regime", "axis"), [("published", "step"), ("converged", "time")])
def test_means_and_intervals_of_figure_6(regime, axis, tables):
    page, rows = drawn("figure06", tables(["metabolic"], regime))
    shown = rows[rows["time"] > 0] if axis == "time" else rows
    for panel, quantity in zip(page.axes, ("cosine", "alpha"), strict=True):
        wide = shown.pivot(index=axis, columns="repetition", values=quantity).dropna()
        x, y = curve(panel, BLUE)
        np.testing.assert_allclose(x, wide.index)
        np.testing.assert_allclose(y, wide.mean(axis=1))
        half = stats.t.ppf(0.975, 4) * wide.std(axis=1, ddof=1) / np.sqrt(5)
        low, high = band_of(panel)
        np.testing.assert_allclose(low, wide.mean(axis=1) - half)
        np.testing.assert_allclose(high, wide.mean(axis=1) + half)
        assert upright(panel, GREY) == ([2e-6] if axis == "time" else [])
    _, projected = curve(page.axes[0], GREEN, "--")
    np.testing.assert_allclose(projected, shown.groupby(axis)["projected_cosine"].mean()[wide.index])


def test_means_shares_and_losses_of_figure_15(tables):
    page, rows = drawn("figure15", tables(["metabolic"], "converged"))
    above, below, beside = page.axes
    wide = rows.pivot(index=["restart", "point"], columns="time", values="alpha").ffill(axis=1)
    with_intervals = means_in_time(rows)  # whose bootstrap another test looks at
    assert upright(above, GREY) == upright(below, GREY) == [1e-3]
    for panel, values, name in ((above, wide, "mean"), (below, (wide < 0).astype(float), "negative")):
        x, y = curve(panel, BLUE)
        np.testing.assert_allclose(x, wide.columns)
        np.testing.assert_allclose(y, values.mean())
        np.testing.assert_allclose(band_of(panel), with_intervals[[f"{name}_low", f"{name}_high"]].T)
    np.testing.assert_allclose(curve(above, PURPLE, "--")[1], wide.min())
    loss = rows.pivot(index=["restart", "point"], columns="time", values="loss").ffill(axis=1).mean()
    np.testing.assert_allclose(curve(beside, GREEN)[1], loss)


def test_means_and_shares_of_figure_17(tables):
    page, rows = drawn("figure17", tables(["metabolic"], "converged"))
    above, below = page.axes
    by_rank = rows.groupby("rank")
    x, y = curve(above, BLUE)
    np.testing.assert_allclose(x, [1, 2, 4, 8])
    np.testing.assert_allclose(y, by_rank["alpha"].mean())
    np.testing.assert_allclose(curve(above, PURPLE, "--")[1], by_rank["alpha"].min())
    # The interval over crossed restarts and points: another test looks at it.
    np.testing.assert_allclose(band_of(above), means_of_ranks(rows)[["low", "high"]].T)
    np.testing.assert_allclose(curve(below, BLUE)[1], (rows["alpha"] < 0).groupby(rows["rank"]).mean())
    exceeds = (rows["chord_violation"] > 0).groupby(rows["rank"]).mean()
    np.testing.assert_allclose(curve(below, GREEN, "--")[1], exceeds)
    assert upright(above, GREY) == upright(below, GREY) == [4]


def test_deviations_of_figure_5_and_those_of_single_subsamples(tables):
    page, rows = drawn("figure05", tables(["metabolic"]))
    (panel,) = page.axes
    x, y = panel.get_lines()[0].get_data()
    np.testing.assert_allclose(x, [0.5, 1.0])
    expected, each = [], []
    for rate, of_rate in rows.groupby("rate"):
        parts = [alpha for _, alpha in of_rate.groupby("subsample")["alpha"]]
        variance, mean = np.mean([part.var(ddof=0) for part in parts]), np.mean([part.mean() for part in parts])
        expected.append(np.sqrt(variance) / mean)
        if len(parts) > 1:
            each += [(rate, part.std(ddof=0) / part.mean()) for part in parts]
    np.testing.assert_allclose(y, expected)
    np.testing.assert_allclose(panel.get_lines()[1].get_xydata(), each)
    # The ends of the intervals, by resampling optima and points by hand at rate 1.0.
    segments = panel.collections[0].get_segments()
    (alpha,), random = by_subsample(rows[rows["rate"] == 1]), np.random.default_rng(0)
    ratios = []
    for _ in range(4000):
        part = alpha[np.ix_(random.integers(12, size=12), random.integers(9, size=9))]
        ratios.append(part.std() / part.mean())
    assert [place for place, _ in segments[1]] == [1, 1]
    np.testing.assert_allclose(segments[1][:, 1], np.quantile(ratios, [0.025, 0.975]), rtol=0.1)


def test_histograms_of_figure_7_are_those_of_optima_and_of_random_matrices(tables):
    class Unlike(type(tables([]))):
        def spectrum(self):
            faster = {"optimum": 1.0, "random": 3.0}
            return [
                row | {"singular_value": row["singular_value"] / (1 + faster[row["matrix"]] * row["index"])}
                for row in super().spectrum()
            ]

    given = Unlike(tables([]).folder, ["metabolic"], "converged")
    page, rows = drawn("figure07", given)
    (panel,) = page.axes
    rows = SPECTRUM.read(given.save(SPECTRUM))
    rows = rows[rows["factor"] == "U"]
    for matrix, colour in (("optimum", BLUE), ("random", VERMILION)):
        of_matrix = rows[rows["matrix"] == matrix].pivot(index="repetition", columns="index", values="singular_value")
        logs = np.log(of_matrix.div(of_matrix.max(axis=1), axis=0)).to_numpy().ravel()
        filled = [
            patch for patch in panel.patches if patch.get_fill() and to_rgb(patch.get_facecolor()) == to_rgb(colour)
        ]
        corners = filled[0].get_xy()
        edges = np.unique(corners[:, 0])
        heights = np.histogram(logs[logs < 0], edges)[0] / len(logs)
        tops = [corners[corners[:, 0] == left, 1].max() for left in edges]
        # At an edge the higher one of the bins beside it.
        np.testing.assert_allclose(tops, np.maximum([0, *heights], [*heights, 0]))


def test_the_inset_of_figure_4_frames_the_ends_of_the_segments(tables):
    given = tables(["metabolic"], "converged")
    page, _ = drawn("figure04", given)
    (inset,) = page.axes[0].child_axes
    rows = LINES.read(given.save(LINES)).query("kind == 'random-optimum' and `lambda` >= 0.8 - 1e-9")
    assert inset.get_xlim() == (0.8, 1)
    np.testing.assert_allclose(inset.get_yticks(), [rows["loss"].min(), rows["loss"].max()])
