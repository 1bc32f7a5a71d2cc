"""Result tables as they are declared: written, read, refused, told by their paths, and documented."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from starnmf.errors import InputError
from starnmf.result_tables import RESULT_TABLES, table_of
from starnmf.results.table import Table, boolean, integer, number, text

PETS = Table(
    path="pets/{owner}.csv",
    title="pets",
    summary="Pets.",
    key=("owner", "name"),
    columns=(
        text("owner", "whose"),
        text("name", "what it is called"),
        integer("legs", "legs"),
        number("weight", "weight", "kg", optional=True),
        boolean("tame", "whether it is tame", optional=True),
    ),
)

WILDCARDS = {
    "dataset": "orl",
    "regime": "converged",
    "rate": "1.0",
    "network": "resnet20-k4",
    "training": "2",
    "table,table[245]": "table2",
}

ROWS = {
    "owner": ["007", "null"],
    "name": ["a,b", "NaN"],
    "legs": np.array([4, 2]),
    "weight": np.array([0.1 + 0.2, np.nan]),
    "tame": [True, None],
}


def test_what_is_written_reads_back_exactly(tmp_path):
    PETS.write(ROWS, tmp_path / "pets.csv")
    assert (tmp_path / "pets.csv").read_text().splitlines()[1] == '007,"a,b",4,0.30000000000000004,True'
    table = PETS.read([tmp_path / "pets.csv"])
    assert table["owner"].tolist() == ["007", "null"]
    assert table["name"].tolist() == ["a,b", "NaN"]
    assert table["legs"].tolist() == [4, 2]
    assert table["weight"][0] == 0.1 + 0.2
    assert np.isnan(table["weight"][1])
    assert table["tame"].tolist() == [True, None]
    assert [path.name for path in tmp_path.iterdir()] == ["pets.csv"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": [1, 2]},
        {"owner": [None, "b"]},
        {"legs": [4.5, 2]},
        {"legs": [True, False]},
        {"legs": [4, None]},
        {"weight": ["heavy", 1.0]},
        {"tame": [1, 0]},
        {"colour": ["red", "blue"]},
        {"legs": [4]},
    ],
)
def test_values_that_are_not_declared_are_not_written(wrong, tmp_path):
    with pytest.raises(ValueError, match=r"pets/|zip\(\)"):
        PETS.write(ROWS | wrong, tmp_path / "pets.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("a,b,4.5,1,True", r"pets\.csv, line 2: legs is '4.5'; expected an integer"),
        ("a,b,1e30,1,True", r"pets\.csv, line 2: legs is '1e30'; expected an integer"),
        ("a,b,inf,1,True", r"pets\.csv, line 2: legs is 'inf'; expected an integer"),
        ("a,b,,1,True", r"pets\.csv, line 2: legs is empty; expected an integer"),
        ("a,b,4,much,True", r"pets\.csv, line 2: weight is 'much'; expected a number"),
        ("a,b,4,1,yes", r"pets\.csv, line 2: tame is 'yes'; expected True or False"),
        ('"a\n\n.. include:: /etc/passwd",b,4,1,True', r"line 2: owner is 'a\\n.*; expected text in one line"),
        ("a,b,4,1,True\na,b,3,1,True", r"pets\.csv: 1 rows occur more than once, first owner a, name b"),
    ],
)
def test_cells_that_do_not_fit_are_named(cells, message, tmp_path):
    path = tmp_path / "pets.csv"
    path.write_text(f"owner,name,legs,weight,tame\n{cells}\n")
    with pytest.raises(InputError, match=message):
        PETS.read([path])


def test_numbers_read_back_to_the_last_bit(tmp_path):
    numbers = np.random.default_rng(0).standard_normal(5000) * 10.0 ** np.random.default_rng(1).integers(
        -200, 200, 5000
    )
    rows = {"owner": [str(n) for n in range(5000)], "name": ["x"] * 5000, "legs": [4] * 5000, "tame": [None] * 5000}
    PETS.write(rows | {"weight": numbers}, tmp_path / "pets.csv")
    np.testing.assert_array_equal(PETS.read([tmp_path / "pets.csv"])["weight"], numbers)


def test_rows_say_which_file_they_come_from(tmp_path):
    for name in "ab":
        PETS.write(ROWS | {"owner": [name, name]}, tmp_path / f"{name}.csv")
    table = PETS.read([tmp_path / "a.csv", tmp_path / "b.csv"], file_column=True)
    assert table["file"].tolist() == [str(tmp_path / f"{name}.csv") for name in "aabb"]
    assert isinstance(PETS.read([]), pd.DataFrame)


def test_every_path_names_one_table():
    for table in RESULT_TABLES:
        path = table.path
        for wildcard, value in WILDCARDS.items():
            path = path.replace(f"{{{wildcard}}}", value)
        assert [one for one in RESULT_TABLES if one.matches(Path("redrawn") / path)] == [table]
        assert table_of(Path(path)) is table
    for path in ("results/tables/table1.csv", "results/claims.csv", "orl/converged/lines.csv"):
        with pytest.raises(InputError, match="is no result table"):
            table_of(Path(path))


def test_keys_are_columns_and_columns_differ():
    for table in RESULT_TABLES:
        assert set(table.key) <= set(table.names), table.name
        assert len(set(table.names)) == len(table.names), table.name
