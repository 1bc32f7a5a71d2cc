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
    assert "stand-in images, reduced to 30 of 300 epochs, 400 of 50,000 training images" in said
    heights = [panel.get_zlabel() for panel in page.axes if hasattr(panel, "get_zlabel")]
    assert heights == ["log10 loss", "loss"], "logarithmic where the loss spans more than a factor of 100"


def test_saved_files_are_whole_and_the_same_bytes_again(surfaces, saved_alike):
    saved_alike(lambda pdf, png: draw_figure("figure08", surfaces, [], pdf, png))


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
