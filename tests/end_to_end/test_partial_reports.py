"""The report on a part of a run, as a file; `test_report` opens that on everything in a browser."""

import pytest

from tests.end_to_end.checkout import snakemake


@pytest.mark.parametrize(
    ("target", "said"),
    [("figure3", "The ledger is not in this report"), ("table6", "None of the requested results")],
)
def test_a_report_on_a_part_of_a_run_says_what_it_lacks(small_run, tmp_path, target, said):
    path = tmp_path / "report.html"
    made = snakemake(small_run, target, "--report", str(path), "--configfile", "presets/smoke.yaml")
    assert made.returncode == 0, made.stdout + made.stderr
    page = path.read_text()
    assert said in page
    assert "Ledger of" not in page
    assert "system-message" not in page
