"""The bundles of measured runs in the repository: they are whole, small, and give the picture in the README."""

import csv
import re
from zipfile import ZipFile

import numpy as np
import pytest
import yaml
from matplotlib.image import imread

from starnmf.claims.printed_tables import SPREAD, SPREAD_AT_START
from starnmf.provenance.bundle import unpack_bundles
from tests.end_to_end.checkout import ROOT, redraw, starnmf

BUNDLES = sorted((ROOT / "evidence").glob("*.zip"))


def test_the_bundles_are_few_megabytes_and_all_are_listed():
    assert BUNDLES
    assert sum(bundle.stat().st_size for bundle in BUNDLES) <= 10_000_000
    listed = (ROOT / "evidence/README.md").read_text()
    assert not [bundle.name for bundle in BUNDLES if f"| `{bundle.name}` |" not in listed]


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.stem)
def test_a_bundle_is_as_recorded_and_names_no_place_on_a_machine(bundle, tmp_path):
    unpack_bundles([bundle], tmp_path / "redrawn", ROOT / "workflow/schemas/config.schema.yaml")
    configuration = yaml.safe_load((tmp_path / "redrawn/config.yaml").read_text())
    assert configuration["mirror"] in (None, "files")
    assert "/" not in str(configuration["own"] or "").removeprefix("files/")


def test_the_picture_in_the_readme_is_drawn_from_the_evidence(tmp_path):
    redrawn = tmp_path / "redrawn"
    assert starnmf(ROOT, "provenance", "unpack", *BUNDLES, redrawn).returncode == 0
    done = redraw(ROOT, redrawn, "results/all/article/figure15.png")
    assert done.returncode == 0, done.stdout + done.stderr
    # Its metadata name the versions of libraries, which may be others.
    drawn, shown = map(imread, (redrawn / "results/all/article/figure15.png", ROOT / "docs/pictures/figure15.png"))
    assert np.array_equal(drawn, shown), "`make article`"


def test_the_error_of_printed_lengths_is_that_of_the_networks_in_the_evidence():
    """The spread over directions, whose variance is a share of the largest one, p (1 - p)."""
    variances, largest = {0: [], 1: []}, {0: [], 1: []}
    with ZipFile(ROOT / "evidence/networks.zip") as bundle:
        for name in bundle.namelist():
            if name.endswith("/lengths.csv"):
                rows = list(csv.DictReader(bundle.read(name).decode().splitlines()))
                for epoch in {row["epoch"] for row in rows}:
                    lengths = np.array([float(row["length"]) for row in rows if row["epoch"] == epoch])
                    of_mean = lengths.var(ddof=1) / len(lengths)
                    variances[epoch != "0"].append(lengths.var(ddof=1))
                    largest[epoch != "0"].append(lengths.mean() * (1 - lengths.mean()) + of_mean)  # without bias
    assert len(variances[0]) == 9
    start, trained = (np.sqrt(np.sum(variances[part]) / np.sum(largest[part])) for part in (0, 1))
    assert (round(start, 2), round(trained, 2)) == (SPREAD_AT_START, SPREAD)


def test_the_table_in_the_readme_is_that_of_the_evidence():
    """Counted anew, with the csv module alone."""
    lines = (ROOT / "README.md").read_text().splitlines()
    runs = {"jasper": "hyperspectral", "hydice": "hyperspectral"}
    shown_as = {"metabolic": "metabolic", "orl": "ORL", "movielens": "MovieLens-1M", "birdsong": "birdsong"}
    shown_as |= {"jasper": "Jasper", "hydice": "HYDICE", "movielens-100k": "MovieLens-100k"}
    for name, shown in shown_as.items():
        counts, run = [], runs.get(name, name)
        with ZipFile(ROOT / f"evidence/{run}.zip") as bundle:
            for regime in ("published", "converged"):
                table = bundle.read(f"results/{run}/landscape/{name}/{regime}/curvature-rate-1.0.csv").decode()
                rows = list(csv.DictReader(table.splitlines()))
                counts.append(f"{sum(float(row['alpha']) < 0 for row in rows):,} of {len(rows):,}")
            counts.append(f"{sum(float(row['chord_violation']) > 0 for row in rows):,}")
        row = next(line for line in lines if line.startswith(f"| {shown}"))
        assert row.endswith(f" | {' | '.join(counts)} |"), counts


def test_the_readme_counts_the_claims_of_the_evidence():
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| .+? \| (\d+) \|", (ROOT / "evidence/claims.md").read_text(), re.MULTILINE)
    counts = {verdict: int(count) for verdict, count in rows}
    total = sum(counts.values())
    judged = [counts.pop(verdict) for verdict in ("reproduced", "contradicted", "regime-dependent", "undecided")]
    hold, fail, differ, undecided = judged
    assert (
        f"Of the paper's {total} claims {hold} hold, {fail} do not, {differ} differ between the two ends, {undecided} "
        f"are undecided, and {sum(counts.values())} could not be judged"
    ) in " ".join((ROOT / "README.md").read_text().split())
