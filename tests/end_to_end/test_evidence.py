"""The bundles of measured runs in the repository: they are whole, small, and give the picture in the README."""

import pytest
import yaml

from tests.end_to_end.checkout import ROOT, redraw, starnmf

BUNDLES = sorted((ROOT / "evidence").glob("*.zip"))


def test_the_bundles_are_few_megabytes_and_all_are_listed():
    assert BUNDLES
    assert sum(bundle.stat().st_size for bundle in BUNDLES) <= 10_000_000
    listed = (ROOT / "evidence/README.md").read_text()
    assert not [bundle.name for bundle in BUNDLES if f"| `{bundle.name}` |" not in listed]


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.stem)
def test_a_bundle_is_as_recorded_and_names_no_place_on_a_machine(bundle, tmp_path):
    done = starnmf(ROOT, "provenance", "unpack", bundle, tmp_path / "redrawn")
    assert done.returncode == 0, done.stderr
    configuration = yaml.safe_load((tmp_path / "redrawn/config.yaml").read_text())
    assert configuration["mirror"] in (None, "files")
    assert "/" not in str(configuration["own"] or "").removeprefix("files/")


def test_the_picture_in_the_readme_is_drawn_from_the_evidence(tmp_path):
    redrawn = tmp_path / "redrawn"
    assert starnmf(ROOT, "provenance", "unpack", ROOT / "evidence/metabolic.zip", redrawn).returncode == 0
    done = redraw(ROOT, redrawn, "figure15")
    assert done.returncode == 0, done.stdout + done.stderr
    picture = redrawn / "results/metabolic/figures/figure15.png"
    assert picture.read_bytes() == (ROOT / "docs/pictures/figure15-metabolic.png").read_bytes(), (
        "make figures BUNDLE=evidence/metabolic.zip, and copy redrawn/results/metabolic/figures/figure15.png there"
    )
