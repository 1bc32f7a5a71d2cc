"""Profiles say all that the default one says, which is not read beside them, and name rules that there are."""

import pytest
import yaml

from tests.end_to_end.checkout import ROOT, snakemake

PROFILES = {path.parent.name: yaml.safe_load(path.read_text()) for path in ROOT.glob("profiles/*/config.yaml")}


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_profile_repeats_the_default_one(name):
    assert PROFILES["default"].items() <= PROFILES[name].items()


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_everything_can_be_submitted_by_a_profile(name):
    """No group, for one, leads out of itself and back; `test_readme` submits the paper's preset."""
    arguments = ["--workflow-profile", f"profiles/{name}", "--configfile", "presets/smoke.yaml"]
    planned = snakemake(ROOT, "--dry-run", "--cores", "2", *arguments)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "judge_claims" in planned.stdout


def test_groups_are_of_rules_and_have_a_size():
    listed = snakemake(ROOT, "--list-rules")
    assert listed.returncode == 0, listed.stderr
    groups = PROFILES["slurm"]["groups"]
    assert set(groups) <= set(listed.stdout.split())
    assert set(groups.values()) == set(PROFILES["slurm"]["group-components"])
