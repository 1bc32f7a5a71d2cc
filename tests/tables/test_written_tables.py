"""The paper's tables as files a person opens."""

import csv

import numpy as np
import pandas as pd
import pytest

from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.matrix import Dense, Description, attributes_of, observed_from_entries, scaled_to_unit_variance
from starnmf.networks.architecture import architecture_named
from starnmf.networks.tables import LENGTHS, TRAININGS
from starnmf.tables.catalogue import length_table
from starnmf.tables.comparisons import write_table1, write_table3, write_table6
from starnmf.tables.lengths import write_lengths
from starnmf.tables.printed import printed_lengths
from starnmf.tables.writing import write_table
from tests.filled_tables import write_filled


def describe(matrix, path):
    known = attributes_of(matrix)
    MATRICES.write({name: [known[name]] for name in MATRICES.names}, path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "t.csv", tmp_path / "t.md", tmp_path / "t.tex"


def test_table1_shows_what_was_found_beside_the_paper(out, tmp_path):
    random = np.random.default_rng(0)
    dense = Dense(random.random((20, 12)).astype(np.float32), Description("orl", 3, "stand-in", {}, reduction=858.7))
    rows, columns = np.nonzero(random.random((10, 8)) < 0.5)
    ratings = observed_from_entries(
        rows, columns, 1 + random.random(len(rows)), (10, 8), Description("movielens-100k", 2, "mirror", {})
    )
    for name, matrix in (("a", dense), ("b", ratings)):
        describe(scaled_to_unit_variance(matrix), tmp_path / f"{name}.csv")
    write_table1([tmp_path / "a.csv", tmp_path / "b.csv"], *out)
    orl, movielens = list(csv.DictReader(out[0].open()))
    assert orl["size here (n, m)"] == "(20, 12)"
    assert orl["size in the paper"] == "(400, 10304)"
    assert (orl["rank here"], orl["rank in the paper"]) == ("3", "49")
    assert orl["density here"] == ""
    assert float(orl["variance here"]) == pytest.approx(1, abs=1e-6)
    assert float(orl["mean here"]) == pytest.approx(dense.X.mean() / dense.X.std(), rel=1e-5)
    assert orl["source"] == "synthetic"
    assert float(movielens["density here"]) == pytest.approx(len(rows) / 80)
    assert movielens["size in the paper"] == movielens["rank in the paper"] == "", "the paper's Table 1 lacks it"
    assert movielens["source"] == "published files, from a mirror"
    for page in out[1:]:
        assert "synthetic" in page.read_text()
        assert "The rank here is that of this run's factorizations" in page.read_text()


def test_table1_takes_a_matrix_of_ones_own(out, tmp_path):
    X = np.random.default_rng(3).random((6, 5)).astype(np.float32)
    describe(scaled_to_unit_variance(Dense(X, Description("my_data", 2, "own", {}))), tmp_path / "own.csv")
    write_table1([tmp_path / "own.csv"], *out)
    (row,) = csv.DictReader(out[0].open())
    assert (row["dataset"], row["source"], row["size in the paper"]) == ("my_data", "own matrix", "")


def test_table1_refuses_files_that_are_no_matrix(out, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match=r"empty\.csv: cannot be read as CSV"):
        write_table1([tmp_path / "empty.csv"], *out)
    (tmp_path / "runs.csv").write_text("dataset,n,m\norl,3,4\n")
    with pytest.raises(InputError, match=r"runs\.csv: no column kind, rank, .*; found dataset, n, m"):
        write_table1([tmp_path / "runs.csv"], *out)
    assert not any(path.exists() for path in out)


def test_table6_prints_the_papers_links_and_ours(out):
    write_table6(["metabolic", "movielens-100k"], *out)
    metabolic, small = list(csv.DictReader(out[0].open()))
    assert metabolic["paper: link"].startswith("ftp://ftp.ncbi.nlm.nih.gov/geo/series/GSE3nnn")
    assert small["licence"] == "research use, no redistribution"
    assert "GSE3431_series_matrix.txt.gz" in metabolic["sources"]
    assert small["paper: link"] == ""


def test_markdown_and_latex_keep_cells_apart_and_escape(out):
    write_table(pd.DataFrame({"a|b": ["50 %", "x_y"], "n": [1.0, np.nan]}), *out)
    markdown = out[1].read_text().splitlines()
    assert markdown[0] == r"| a\|b | n |"
    assert markdown[2] == "| 50 % | 1 |"
    assert markdown[3] == "| x_y |  |"
    latex = out[2].read_text()
    assert r"50 \% & 1 \\" in latex
    assert r"x\_y &  \\" in latex
    assert latex.count(r"\\") == 3
    assert all(rule in latex for rule in (r"\toprule", r"\midrule", r"\bottomrule"))


def test_every_special_letter_of_latex_is_escaped(out):
    write_table(pd.DataFrame({"a": [r"\{$x#^~&}"]}), *out)
    escaped = r"\textbackslash{}\{\$x\#\textasciicircum{}\textasciitilde{}\&\} \\"
    assert escaped in out[2].read_text().splitlines()


def test_printed_lengths_are_those_of_the_paper():
    table = printed_lengths()
    assert table.groupby("table").size().to_dict() == {"table2": 48, "table4": 36, "table5": 36}
    length = table.set_index(["table", "layers", "width", "epoch"])["length"]
    assert length["table2", 110, 4, 300] == 0.82
    assert length["table4", 56, 2, 0] == 1.0, "printed as 10"
    assert length["table5", 32, 1, 300] == 0.5
    assert set(table["layers"]) == {20, 32, 44, 56, 68, 80, 110}, set(table["layers"])
    assert length.between(0, 1).all()


def network(layers, width, shortcuts, **columns):
    name = f"resnet{layers}-k{width:g}{'' if shortcuts else '-plain'}"
    scale = {"source": "mirror", "data_sha256": "ab12", "seed": 0, "epochs": 30, "training_images": 3000}
    return {"network": name, "layers": layers, "width": width, "shortcuts": shortcuts} | scale | columns


@pytest.fixture
def lengths(tmp_path):
    """Lengths of two networks, 0.2 to 0.6 at the end of the training and 1 before."""
    paths = []
    for layers, width in ((20, 4), (8, 0.5)):
        rows = [
            network(layers, width, True, epoch=epoch, direction=direction, line_images=64, batch_norm="eval",
                    length=0.2 + 0.1 * direction if epoch == 30 else 1.0, grid_left=-0.5, grid_right=0.5)
            for epoch in (0, 10, 20, 30)
            for direction in range(5)
        ]  # fmt: skip
        paths.append(tmp_path / f"{layers}.csv")
        write_filled(LENGTHS, rows, paths[-1])
    return paths


def test_table2_has_ours_under_the_papers(out, lengths):
    write_lengths("table2", lengths, *out)
    cells = pd.read_csv(out[0]).set_index(["layers", "width", "epoch"])
    assert len(cells) == 48 + 4, "those of the paper, and a network that it does not have"
    end = cells.loc[20, 4.0, 300]
    assert end["paper"] == 0.75
    assert end["ours"] == pytest.approx(0.4)
    assert end["standard_error"] == pytest.approx(np.std([0.2, 0.3, 0.4, 0.5, 0.6], ddof=1) / 5**0.5)
    # Of five numbers every mean of resamples can be counted: the interval is that of all 5^5 of them.
    means = np.mean(np.stack(np.meshgrid(*[[0.2, 0.3, 0.4, 0.5, 0.6]] * 5)).reshape(5, -1), axis=0)
    assert (end["low"], end["high"]) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.021)
    assert end["grid"] == 1
    assert (cells.loc[20, 4.0, 100]["low"], cells.loc[20, 4.0, 100]["high"]) == (1, 1)
    assert cells.loc[8, 0.5, 300]["paper"] != cells.loc[8, 0.5, 300]["paper"]
    assert cells.loc[44, 1.0, 300]["ours"] != cells.loc[44, 1.0, 300]["ours"]
    lines = out[1].read_text().splitlines()
    assert lines[0].startswith("| epoch | 8 layers, k=0.5 | 20 layers, k=1 | 20 layers, k=2 | 20 layers, k=4 | 44")
    assert lines[-4].startswith("| 300, paper |  | 0.71 | 0.72 | 0.75 |")
    assert lines[-3].startswith("| 300, ours | 0.40 [0.")
    assert "reduced to 30 of 300 epochs, 3,000 of 50,000 training images" in lines[-1]
    assert "300, ours & 0.40" in out[2].read_text()
    assert "not run" not in out[1].read_text()
    assert lines[-3].count("\N{EN DASH}") == 11, "the paper's twelve networks without the one that ran"
    assert "\N{EN DASH}: not in this run" in lines[-1]


def write_training(number, means, folder):
    """Lengths of one training of 20 layers, k = 4: at the end of it 25 of a given mean, from 0.1 below to 0.1 above."""
    rows = [
        network(20, 4, True, training=number, epoch=epoch, direction=direction, length=mean + step, line_images=64,
                batch_norm="eval", grid_left=-0.5, grid_right=0.5)
        for epoch, mean in zip((0, 10, 20, 30), means, strict=True)
        for direction, step in enumerate(np.linspace(-0.1, 0.1, 25))
    ]  # fmt: skip
    write_filled(LENGTHS, rows, folder / f"training-{number}.csv")
    return folder / f"training-{number}.csv"


def test_several_trainings_are_averaged_and_their_spread_is_the_interval(out, tmp_path):
    """Means of 0.5, 0.6 and 0.7: t with two degrees of freedom is 4.302653 at 0.975."""
    paths = [write_training(number, (0.9, 0.5, 0.6, 0.5 + 0.1 * number), tmp_path) for number in range(3)]
    write_lengths("table2", paths, *out)
    cells = pd.read_csv(out[0]).set_index(["layers", "width", "epoch"])
    end = cells.loc[20, 4.0, 300]
    assert end["ours"] == pytest.approx(0.6)
    assert end["standard_error"] == pytest.approx(0.1 / 3**0.5)
    assert (end["low"], end["high"]) == pytest.approx((0.6 - 4.302653 * 0.1 / 3**0.5, 0.6 + 4.302653 * 0.1 / 3**0.5))
    assert (end["trainings"], end["directions"], end["interval"]) == (3, 25, "trainings")
    equal = cells.loc[20, 4.0, 200]
    assert (equal["low"], equal["high"]) == pytest.approx((0.6, 0.6)), "directions alone move no training's mean"
    assert "t-interval of the means of 3 trainings, 25 directions for each" in out[1].read_text()


def test_an_interval_of_trainings_stays_among_lengths(out, tmp_path):
    paths = [write_training(number, (0.9, 0.9, 0.9, 0.5 + 0.4 * number), tmp_path) for number in range(2)]
    write_lengths("table2", paths, *out)
    end = pd.read_csv(out[0]).set_index(["layers", "width", "epoch"]).loc[20, 4.0, 300]
    assert (end["low"], end["ours"], end["high"]) == (0, pytest.approx(0.7), 1)


def test_a_single_training_says_that_its_interval_is_that_of_directions(out, tmp_path):
    write_lengths("table2", [write_training(0, (0.9, 0.5, 0.6, 0.7), tmp_path)], *out)
    end = pd.read_csv(out[0]).set_index(["layers", "width", "epoch"]).loc[20, 4.0, 300]
    assert (end["trainings"], end["interval"]) == (1, "directions")
    assert "one training, bootstrap over its directions alone, 25 directions" in out[1].read_text()


def test_a_table_without_networks_shows_the_paper_alone(out):
    write_lengths("table5", [], *out)
    assert pd.read_csv(out[0])["ours"].isna().all()
    for page in out[1:]:
        assert page.read_text().count("no network of this table is in the run") == 1
        assert "ours" not in page.read_text()
    rows = [line.split(" | ")[0] for line in out[1].read_text().splitlines()[2:6]]
    assert rows == [f"| {epoch}, paper" for epoch in (0, 100, 200, 300)]


def test_table_3_without_networks_says_so_once(out):
    write_table3([], *out)
    assert out[1].read_text().count("No network is in this run.") == 1
    assert (pd.read_csv(out[0], keep_default_na=False)["ran"] == "").all()


def test_a_network_given_twice_is_refused(out, lengths):
    with pytest.raises(InputError, match="20 rows occur more than once"):
        write_lengths("table2", [lengths[0], lengths[0]], *out)
    assert not any(path.exists() for path in out)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("resnet110-k1", "table2"),
        ("resnet8-k0.5", "table2"),
        ("resnet56-k4", "table4"),
        ("resnet20-k2-plain", "table5"),
    ],
)
def test_networks_stand_in_their_table_of_the_paper(name, table):
    assert length_table(architecture_named(name)) == table


def test_table3_names_every_value_that_ran(out, tmp_path):
    for number, decay in enumerate((0.0005, 0.001)):
        row = network(
            8, 1 + number, True, learning_rate=0.1, learning_rate_drops="15 22.5 27.5", momentum=0.9, nesterov=True,
            batch_size=128, weight_decay=decay, initialization="Kaiming", loss_function="cross-entropy",
            precision="float32", test_accuracy=0.5,
        )  # fmt: skip
        write_filled(TRAININGS, [row], tmp_path / f"{number}.csv")
    write_table3([tmp_path / "0.csv", tmp_path / "1.csv"], *out)
    table = pd.read_csv(out[0], keep_default_na=False, dtype=str).set_index("parameter")
    assert tuple(table.loc["init. learning rate"]) == ("0.1", "0.1")
    assert tuple(table.loc["weight decay"]) == ("0.0005", "0.0005, 0.001")
    assert tuple(table.loc["learning rate / 10 after epochs"]) == ("150 225 275", "15 22.5 27.5")
