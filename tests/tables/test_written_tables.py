"""Tables 1 and 6 as files a person opens."""

import csv

import h5py
import numpy as np
import pandas as pd
import pytest

from starnmf.errors import InputError
from starnmf.matrix import Dense, Description, observed_from_entries, save_matrix, scaled_to_unit_variance
from starnmf.tables.printed import write_printed
from starnmf.tables.table1 import write_table1
from starnmf.tables.table6 import write_table6
from starnmf.tables.writing import write_table


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
        save_matrix(scaled_to_unit_variance(matrix), tmp_path / f"{name}.h5")
    write_table1([tmp_path / "a.h5", tmp_path / "b.h5"], *out)
    orl, movielens = list(csv.DictReader(out[0].open()))
    assert orl["shape (n, m, r)"] == "(20, 12, 3)"
    assert orl["paper: shape (n, m, r)"] == "(400, 10304, 49)"
    assert orl["density"] == ""
    assert float(orl["variance"]) == pytest.approx(1, abs=1e-6)
    assert orl["source"] == "stand-in"
    assert float(movielens["density"]) == pytest.approx(len(rows) / 80)
    assert movielens["paper: shape (n, m, r)"] == "", "the paper's Table 1 does not list it"
    assert "stand-in" in out[1].read_text()


def test_table1_takes_a_matrix_of_ones_own(out, tmp_path):
    X = np.random.default_rng(3).random((6, 5)).astype(np.float32)
    save_matrix(scaled_to_unit_variance(Dense(X, Description("my_data", 2, "own", {}))), tmp_path / "own.h5")
    write_table1([tmp_path / "own.h5"], *out)
    (row,) = csv.DictReader(out[0].open())
    assert (row["dataset"], row["source"], row["paper: shape (n, m, r)"]) == ("my_data", "own", "")


def test_table1_refuses_files_that_are_no_matrix(out, tmp_path):
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(InputError, match=r"text\.h5: cannot be read as HDF5"):
        write_table1([tmp_path / "text.h5"], *out)
    with h5py.File(tmp_path / "factors.h5", "w") as file:
        file.attrs.update(dataset="orl", n=3, m=4)
    with pytest.raises(InputError, match=r"factors\.h5: no attribute kind, rank, .*; found dataset, m, n"):
        write_table1([tmp_path / "factors.h5"], *out)
    assert not any(path.exists() for path in out)


def test_table6_prints_the_papers_links_and_ours(out):
    write_table6(["metabolic", "movielens-100k"], *out)
    metabolic, small = list(csv.DictReader(out[0].open()))
    assert metabolic["paper: link"].startswith("ftp://ftp.ncbi.nlm.nih.gov/geo/series/GSE3nnn")
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


def test_printed_lengths_are_those_of_the_paper(out):
    write_printed(*out)
    table = pd.read_csv(out[0])
    assert table.groupby("table").size().to_dict() == {"table2": 48, "table4": 36, "table5": 36}
    length = table.set_index(["table", "layers", "width", "epoch"])["length"]
    assert length["table2", 110, 4, 300] == 0.82
    assert length["table4", 56, 2, 0] == 1.0, "printed as 10"
    assert length["table5", 32, 1, 300] == 0.5
    assert length.between(0, 1).all()
