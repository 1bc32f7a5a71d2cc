"""The provenance of a finished run, what its bundle alone gives, and the validity of its crate.

What works on a finished run computes nothing.
"""

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from importlib.resources import files

import h5py
import numpy as np
import pytest
from PIL import Image
from rocrate_validator.models import Severity
from rocrate_validator.services import ValidationSettings, validate
from rocrate_validator.utils import document_loader

from starnmf.figures.catalogue import FIGURES
from tests.end_to_end.checkout import SMOKE, contents, copy_checkout, redraw, starnmf


@pytest.fixture(scope="module")
def bundled(smoke_run):
    """The smoke run with its bundle."""
    done = starnmf(smoke_run, "provenance", "bundle", "results/smoke")
    assert done.returncode == 0, done.stderr
    return smoke_run


def unpack(run, checkout, folder):
    """Unpack the bundle of the smoke run, as `make figures` does."""
    done = starnmf(checkout, "provenance", "unpack", str(run / "results/smoke/bundle.zip"), str(folder))
    assert done.returncode == 0, done.stderr


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_record_holds_checksums_of_what_went_in_and_came_out(small_run):
    record = json.loads((small_run / "results/smoke/provenance.json").read_text())
    for name, data in record["data"].items():
        assert data["source"] == "stand-in"
        for file, checksum in data["raw_sha256"].items():
            if name != "birdsong":  # whose recordings share a line
                assert sha256(small_run / "results/smoke/stand-in" / name / file) == checksum
    assert len(record["results"]) > 50
    for file, checksum in record["results"].items():
        assert sha256(small_run / "results/smoke" / file) == checksum
    assert record["configuration"]["optima"] == SMOKE["optima"]
    factorization = record["jobs"]["factorization/metabolic/rate-1.0"]
    assert factorization["seconds"] > 0
    # Jobs of the tests work in a server that is forked, so that their own processor time is none.
    assert set(factorization) == {"seconds", "processor_seconds", "memory_mib"}
    assert set(record["networks"]["resnet8-k0.25"]) == {"source", "data_sha256", "seed", "device"}


def test_every_hdf5_and_figure_names_its_run(small_run):
    record = json.loads((small_run / "results/smoke/provenance.json").read_text())
    expected = {name: record[name] for name in ("commit", "configuration_sha256", "versions", "machine")}
    results = small_run / "results/smoke"
    stamps = []
    for path in results.rglob("*.h5"):
        with h5py.File(path) as file:
            stamps.append(json.loads(file.attrs["provenance"]))
    for png in results.glob("figures/figure*.png"):
        stamps.append(json.loads(Image.open(png).text["Provenance"]))
        keywords = re.search(rb"/Keywords \((.*?)(?<!\\)\)", png.with_suffix(".pdf").read_bytes(), re.DOTALL)
        assert json.loads(re.sub(rb"\\(.)", rb"\1", keywords[1])) == stamps[-1]
    assert len(stamps) > 30
    for stamp in stamps:
        assert {name: stamp[name] for name in expected} == expected
    figure = json.loads(Image.open(results / "figures/figure05.png").text["Provenance"])
    assert figure["data"]["metabolic"] == {
        "source": "stand-in", "device": "cpu", "seed": 0,
        "data_sha256": record["data"]["metabolic"]["raw_sha256"]["GSE3431_series_matrix.txt.gz"],
    }  # fmt: skip


@pytest.mark.extended
def test_a_bundle_alone_gives_the_same_figures_tables_and_ledger(bundled, loaded_starnmf, tmp_path):
    with zipfile.ZipFile(bundled / "results/smoke/bundle.zip") as bundle:
        assert {name.rsplit(".", 1)[1] for name in bundle.namelist()} == {"csv", "json"}
    elsewhere = copy_checkout(tmp_path / "checkout")
    unpack(bundled, elsewhere, tmp_path / "redrawn")
    # Whoever redraws has another commit than the run.
    for command in (["init"], ["add", "README.md"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "a"]):
        subprocess.run(["git", "-C", elsewhere, *command], check=True, capture_output=True)
    done = redraw(elsewhere, tmp_path / "redrawn", "figures", "tables", "claims", first_on_path=[loaded_starnmf])
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "redrawn/data").exists()
    assert not list(tmp_path.glob("redrawn/results/smoke/**/*.h5"))
    ours, theirs = bundled / "results/smoke", tmp_path / "redrawn/results/smoke"
    texts = [path.relative_to(ours) for path in (*ours.glob("tables/*"), *ours.glob("claims.*"))]
    assert len(texts) == 20
    for name in texts:
        assert (theirs / name).read_bytes() == (ours / name).read_bytes(), name
    # Figure 19 is drawn where it is asked for, and not by a run as such.
    figures = [path.relative_to(ours) for path in ours.glob("figures/*.png") if path.stem != "figure19"]
    assert {name.stem.removesuffix("-converged") for name in figures} == set(FIGURES) - {"figure19"}
    configuration = json.loads((ours / "provenance.json").read_text())["configuration_sha256"]
    same = 0
    for name in figures:
        np.testing.assert_array_equal(Image.open(theirs / name), Image.open(ours / name), str(name))
        # Figures without the datasets that the small run lacks are as it made them, and name its configuration.
        if json.loads(Image.open(ours / name).text["Provenance"])["configuration_sha256"] == configuration:
            same += 1
            for path in (name, name.with_suffix(".pdf")):
                assert (theirs / path).read_bytes() == (ours / path).read_bytes(), path
    assert same > 30


def test_with_a_table_missing_a_bundle_computes_nothing_in_its_place(small_run, tmp_path):
    elsewhere = copy_checkout(tmp_path / "checkout")
    unpack(small_run, elsewhere, tmp_path / "redrawn")
    shutil.rmtree(tmp_path / "redrawn/results/smoke/landscape/movielens")
    done = redraw(elsewhere, tmp_path / "redrawn", "figure6")
    assert done.returncode == 1
    assert "MissingInputException" in done.stdout + done.stderr
    assert "results/smoke/landscape/movielens/published/trajectory.csv" in done.stdout + done.stderr


def test_the_crate_is_a_valid_workflow_run_crate(small_run, monkeypatch):
    monkeypatch.setattr(document_loader, "_fetch_json_ld", lambda address: context_of_version_1_1())
    settings = ValidationSettings(
        rocrate_uri=str(small_run / "results/smoke/crate.zip"),
        profile_identifier="workflow-run-crate",
        requirement_severity=Severity.REQUIRED,
        # These two ask the network whether the context can be had there.
        skip_checks=["ro-crate-1.1_3.1", "ro-crate-1.1_3.2"],
    )
    found = validate(settings)
    assert not found.has_issues(), [issue.message for issue in found.get_issues()]
    with zipfile.ZipFile(small_run / "results/smoke/crate.zip") as crate:
        names, metadata = set(crate.namelist()), json.loads(crate.read("ro-crate-metadata.json"))
    entities = {entity["@id"]: entity for entity in metadata["@graph"]}
    made = {result["@id"] for result in entities["#run"]["result"]}
    record = json.loads((small_run / "results/smoke/provenance.json").read_text())
    assert made == {f"results/smoke/{name}" for name in (*record["results"], "provenance.json")}
    assert made <= names
    assert "sha256:" in entities["#data-metabolic"]["value"]
    assert entities["#run"]["startTime"] < entities["#run"]["endTime"]


@pytest.fixture
def finished(small_run, tmp_path):
    """The folder of a finished run, which may be changed."""
    return shutil.copytree(small_run / "results/smoke", tmp_path / "results/smoke")


@pytest.mark.parametrize("what", ["bundle", "crate"])
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("provenance.json", "holds an unfinished run; expected"),
        ("landscape/metabolic/published/scales.csv", "is missing; expected what the run made"),
        ("claims.csv", "is not as recorded in"),
    ],
)
def test_what_is_missing_is_not_computed(finished, small_run, what, file, said):
    (finished / f"{what}.zip").unlink()
    if "not as" in said:
        (finished / file).write_text("something else")
    else:
        (finished / file).unlink()
    before = contents(finished)
    done = starnmf(small_run, "provenance", what, finished)
    assert done.returncode == 1
    assert said in done.stderr
    assert str(finished / file) in done.stderr
    assert f"snakemake --cores all --configfile {finished}/config.yaml" in done.stderr
    assert contents(finished) == before


def test_a_folder_without_a_run_is_an_error(small_run, tmp_path):
    done = starnmf(small_run, "provenance", "bundle", tmp_path / "nothing")
    assert done.returncode == 1
    assert "holds no run" in done.stderr
    assert not (tmp_path / "nothing").exists()


def context_of_version_1_1():
    """The context of RO-Crate 1.1 out of the packaged one, whose later version gives workflows other addresses."""
    text = files("rocrate").joinpath("data/ro-crate.jsonld").read_text()
    return json.loads(text.replace("bioschemas.org/terms/", "bioschemas.org/"))
