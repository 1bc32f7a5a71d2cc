"""Where two runs differ, on runs made by hand whose differences are known."""

import json

import pytest

from starnmf.checksums import digest
from starnmf.claims.tables import LEDGER
from starnmf.factorization.tables import RUNS
from starnmf.landscape.tables import SPECTRUM
from tests.in_process import starnmf


def ledger_rows(**outcomes):
    """A row for each claim, on the data that its name says."""
    rows = [
        {column.name: "" for column in LEDGER.columns}
        | {"id": name, "level": "claim", "data": "synthetic", "outcome": outcome, "verdict": "synthetic"}
        | {"limit": 1.0, "holds_from": None, "fails_from": None}
        for name, outcome in outcomes.items()
    ]
    return {column.name: [row[column.name] for row in rows] for column in LEDGER.columns}


def make_run(folder, values, outcomes, seed=0, processor="A", table=SPECTRUM, text="a"):
    path = table.path.format(dataset="metabolic", regime="published", rate="1.0")
    rows = len(values)
    kinds = {
        "text": lambda name: ["a" if name in table.key else text] * rows,
        "integer": lambda name: list(range(rows)),
        "boolean": lambda name: [True] * rows,
    }
    columns = {column.name: kinds.get(column.kind, lambda name: list(values))(column.name) for column in table.columns}
    table.write(columns, folder / path)
    LEDGER.write(ledger_rows(**outcomes), folder / "claims.csv")
    record = {
        "commit": "c0ffee", "versions": "numpy 2", "machine": "Linux", "processor": processor,
        "configuration": {"seed": seed, "optima": 2}, "networks": {}, "data": {"metabolic": {"seed": seed}},
        "tables": {path: digest(folder / path)}, "results": {},
    }  # fmt: skip
    (folder / "provenance.json").write_text(json.dumps(record))
    return path


def compared(folder):
    done = starnmf(folder, "provenance", "compare", "one", "two")
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_equal_runs_have_no_difference(tmp_path):
    for name in ("one", "two"):
        make_run(tmp_path / name, [1.0, 2.0], {"nmf-a": "reproduced"})
    code, lines, _ = compared(tmp_path)
    assert code == 0
    assert lines == ["tables: 1 of 1 are the same to the last bit", "verdicts: all the same"]


def test_differences_are_named_with_their_sizes(tmp_path):
    path = make_run(tmp_path / "one", [1.0, -200.0], {"nmf-a": "reproduced", "nmf-b": "undecided"})
    make_run(tmp_path / "two", [1.5, -200.0], {"nmf-a": "contradicted", "nmf-b": "undecided"}, 3, "B")
    code, lines, _ = compared(tmp_path)
    assert code == 1
    numbers = [
        column.name for column in SPECTRUM.columns if column.kind == "number" and column.name not in SPECTRUM.key
    ]
    assert lines == [
        "processor: A against B",
        "configuration, seed: 0 against 3",
        'data, metabolic: {"seed": 0} against {"seed": 3}',
        "tables: 0 of 1 are the same to the last bit",
        f"{path}: " + "; ".join(f"{name} in 1 of 2 rows, by 2.5e-03 of the largest" for name in numbers),
        "verdict of nmf-a on synthetic data: reproduced as synthetic against contradicted as synthetic",
    ]


def test_a_table_of_another_version_is_named(tmp_path):
    for name in ("one", "two"):
        make_run(tmp_path / name, [1.0], {"nmf-a": "reproduced"})
        record = json.loads((tmp_path / name / "provenance.json").read_text())
        (tmp_path / name / "landscape/old.csv").write_text(name)
        record["tables"]["landscape/old.csv"] = digest(tmp_path / name / "landscape/old.csv")
        (tmp_path / name / "provenance.json").write_text(json.dumps(record))
    code, lines, _ = compared(tmp_path)
    assert code == 0  # no verdict differs
    assert "landscape/old.csv: differs, and is no table of this version" in lines


def test_texts_that_differ_are_counted(tmp_path):
    for name, text in (("one", "cpu"), ("two", "cuda")):
        path = make_run(tmp_path / name, [1.0, 2.0], {"nmf-a": "reproduced"}, table=RUNS, text=text)
    code, lines, _ = compared(tmp_path)
    assert code == 0
    texts = [column.name for column in RUNS.columns if column.kind == "text" and column.name not in RUNS.key]
    assert f"{path}: " + "; ".join(f"{name} in 2 of 2 rows" for name in texts) in lines


def test_tables_of_other_rows_are_not_compared_by_their_numbers(tmp_path):
    path = make_run(tmp_path / "one", [1.0, 2.0], {})
    make_run(tmp_path / "two", [1.0, 2.0, 3.0], {})
    code, lines, _ = compared(tmp_path)
    assert code == 0
    assert f"{path}: 2 rows against 3, which are not about the same" in lines


@pytest.mark.parametrize("content", [None, "[]", "{}"])
def test_a_folder_without_a_finished_run_is_named(tmp_path, content):
    make_run(tmp_path / "one", [1.0], {})
    (tmp_path / "two").mkdir()
    if content:
        (tmp_path / "two/provenance.json").write_text(content)
    code, _, said = compared(tmp_path)
    assert code == 1
    assert said.startswith("starnmf: error: two/provenance.json: cannot be read as a run's record")
