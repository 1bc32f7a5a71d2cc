"""Figure 8 from surfaces of known convexity."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.text import Text

from starnmf.errors import InputError
from starnmf.figures import figure08
from starnmf.figures.catalogue import FIGURES, surface_networks
from starnmf.figures.drawing import draw_figure
from starnmf.figures.style import RC
from starnmf.networks.architecture import architecture_named
from starnmf.networks.tables import NETWORK_SURFACES
from tests.filled_tables import write_filled


def surface(network, loss, convex):
    at = np.linspace(-1, 1, 9)
    x, y = (grid.ravel() for grid in np.meshgrid(at, at))
    edge = (abs(x) == 1) | (abs(y) == 1)
    architecture = architecture_named(network)
    return pd.DataFrame(
        {
            "network": network, "layers": architecture.layers, "width": architecture.width, "shortcuts": True,
            "source": "stand-in", "data_sha256": "ab12", "seed": 0,
            "epochs": 30, "training_images": 400, "epoch": 20, "x": x, "y": y, "loss": loss(x, y),
            "convex": np.where(edge, None, convex(x, y)), "line_images": 64, "device": "cpu",
            "batch_norm": "eval",
        }
    )  # fmt: skip


@pytest.fixture
def surfaces(tmp_path):
    wide = surface("resnet110-k4", lambda x, y: 1 + x**2 + y**2, lambda x, y: x < 9)
    narrow = surface("resnet110-k1", lambda x, y: np.exp(9 * x**2) - y**2 + 2, lambda x, y: x > 0)
    paths = [tmp_path / "wide.csv", tmp_path / "narrow.csv"]
    for table, path in zip((wide, narrow), paths, strict=True):
        write_filled(NETWORK_SURFACES, table, path)
    return paths


def test_the_narrow_network_stands_left_with_its_share_of_convex_points(surfaces):
    with rc_context(RC):
        page = figure08.draw(FIGURES["figure08"], NETWORK_SURFACES.read(surfaces))
    titles = [panel.get_title(loc="left") for panel in page.axes if panel.get_title(loc="left")]
    assert titles == [
        "110 layers, k = 1, epoch 20 of 30\nconvex at 43% of 49 points",
        "110 layers, k = 4, epoch 20 of 30\nconvex at 100% of 49 points",
    ]
    said = " ".join(text.get_text().replace("\n", " ") for text in page.findobj(Text))
    assert "synthetic images, reduced to 30 of 300 epochs, 400 of 50,000 training images" in said
    heights = [panel for panel in page.axes if hasattr(panel, "get_zlabel")]
    assert {panel.get_zlabel() for panel in heights} == {"training loss, log scale"}
    lowest, highest = np.log10([NETWORK_SURFACES.read(surfaces)["loss"].agg(which) for which in ("min", "max")])
    for panel in heights:
        np.testing.assert_allclose(panel.get_zlim(), (lowest, highest))
    contours = [
        panel.collections[0] for panel in page.axes if panel.get_xlabel() == "direction 1" and panel not in heights
    ]
    assert len({tuple(lines.levels) for lines in contours}) == 1
    assert len({(lines.norm.vmin, lines.norm.vmax) for lines in contours}) == 1
    narrow, grey = contours[0], page.axes[1].collections[1]
    crossings = 0
    for level, path in zip(narrow.levels, narrow.get_paths(), strict=True):
        # A contour crosses the edges of the grid where the loss, straight between its points, is its level.
        x, y = path.vertices.T
        on_column = np.isclose(x % 0.25, 0) & (abs(y) < 1)
        crossings += on_column.sum()
        np.testing.assert_allclose(np.exp(9 * x**2)[on_column] - y[on_column] ** 2 + 2, level, rtol=0.05)
    assert crossings
    marked = ~np.ma.getmaskarray(grey.get_array()).reshape(9, 9)
    inner = np.zeros((9, 9), dtype=bool)
    inner[1:-1, 1:5] = True  # where x is at most 0 the narrow network's surface is not convex
    np.testing.assert_array_equal(marked, inner)
    bar = page.axes[-1]
    assert bar.get_ylabel() == "training loss"
    np.testing.assert_allclose(bar.get_ylim(), (10**lowest, 10**highest))


def test_similar_losses_are_drawn_on_a_linear_scale(tmp_path):
    for width in (1, 4):
        flat = surface(f"resnet110-k{width}", lambda x, y, width=width: 1 + (x**2 + y**2) / width, lambda x, y: x < 9)
        write_filled(NETWORK_SURFACES, flat, tmp_path / f"{width}.csv")
    with rc_context(RC):
        page = figure08.draw(FIGURES["figure08"], NETWORK_SURFACES.read([tmp_path / "1.csv", tmp_path / "4.csv"]))
    heights = [panel for panel in page.axes if hasattr(panel, "get_zlabel")]
    assert {panel.get_zlabel() for panel in heights} == {"training loss"}
    assert {panel.get_zlim() for panel in heights} == {(1, 3)}


def test_other_tables_are_refused(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match=r"t\.csv: no column network, layers"):
        draw_figure("figure08", [tmp_path / "t.csv"], [], tmp_path / "a.pdf", tmp_path / "a.png")
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.parametrize(
    ("networks", "shown"),
    [
        (["resnet20-k4", "resnet110-k4", "resnet110-k2", "resnet110-k1"], ["resnet110-k1", "resnet110-k4"]),
        (["resnet8-k1", "resnet20-k1-plain"], ["resnet8-k1"]),
        (["resnet8-k2-plain", "resnet8-k1-plain"], ["resnet8-k1-plain", "resnet8-k2-plain"]),
        ([], []),
    ],
)
def test_figure_8_shows_the_narrowest_and_the_widest_of_the_deepest(networks, shown):
    assert surface_networks([architecture_named(name) for name in networks]) == shown
