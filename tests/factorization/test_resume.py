"""Factorizations that are stopped, at any moment and by any signal, resume and end in the same bits."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from starnmf.cli import app
from starnmf.factorization import descent
from starnmf.factorization.descent import factorize
from starnmf.matrix import save_matrix, subsample
from starnmf.subsamples import save_matrices
from tests.factorization.plain_descent import planted

COMMAND = "from starnmf.cli import main; main()"
KINDS = pytest.mark.parametrize("kind", ["dense", "observed"])


ENDLESS = {"steps": 10**11}
"""Settings of a run that goes on until it is stopped."""


def arguments(folder, **options):
    settings = {"steps": 300, "learning-rate": 2e-6, "rest": 1e-7, "gradient-cap": 10_000, **options}
    return [
        *(sys.executable, "-c", COMMAND, "factorization", "run", str(folder / "matrix.h5"), str(folder / "out")),
        *("--regime", "published", "--regime", "converged", "--restarts", "6", "--repetitions", "2", "--threads", "2"),
        *("--device", "cpu", "--resume-minutes", "0.005"),
        *[str(part) for name, value in settings.items() for part in (f"--{name}", value)],
    ]


def results(folder, rate="1.0"):
    """Everything in the files of the results but for when and how they were made."""
    found = {}
    for path in sorted((folder / "out").rglob(f"rate-{rate}.h5")):
        with h5py.File(path) as file:
            file.visititems(
                lambda name, item, path=path: (
                    found.__setitem__((path.parent.name, name), item[()]) if isinstance(item, h5py.Dataset) else None
                )
            )
    return found


def assert_same_bits(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=str(name))


@pytest.fixture
def folder(tmp_path, kind):
    save_matrix(planted(kind, n=90, m=70, r=3), tmp_path / "matrix.h5")
    return tmp_path


def _wait_until_it_runs(folder):
    """Until the command shows its bar, and a second longer."""
    deadline = time.monotonic() + 60
    while "gradient" not in (folder / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1)


@pytest.mark.extended
@KINDS
def test_killed_at_random_moments(folder, kind):
    """`kill -9` again and again: what is on disk is always whole, and the end is that of a run that nobody stopped."""
    subprocess.run(arguments(folder, **{"gradient-cap": 1}), check=True, capture_output=True)  # compiles
    begun = time.monotonic()
    subprocess.run(arguments(folder), check=True, capture_output=True)
    whole = time.monotonic() - begun
    expected = results(folder)
    assert len(expected) > 20
    (folder / "out").rename(folder / "undisturbed")
    moments, kills = random.Random(kind), 0
    while True:
        run = subprocess.Popen(arguments(folder), stderr=subprocess.DEVNULL)
        try:
            # The first is killed early: on a busy machine the second may take far less time than the first.
            run.wait(timeout=moments.uniform(0.2, 0.9 if kills else 0.3) * whole if kills < 6 else 300)
            break
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            kills += 1
    assert run.returncode == 0
    assert kills > 0
    assert_same_bits(results(folder), expected)
    assert not (folder / "out" / "unfinished-rate-1.0").exists()


def test_a_run_stopped_in_its_second_subsample_resumes_there(tmp_path, monkeypatch):
    whole = planted("dense", n=90, m=70, r=3)
    save_matrices([subsample(whole, 0.5, number) for number in range(2)], tmp_path / "matrix.h5")
    run = CliRunner()
    command = [*arguments(tmp_path, **{"gradient-cap": 300})[3:]]
    states = tmp_path / "out/unfinished-rate-0.5/subsample-0"

    def factorize_first_alone(matrix, *rest):
        if matrix.description.subsample:
            raise KeyboardInterrupt
        return factorize(matrix, *rest)

    monkeypatch.setattr(descent, "factorize", factorize_first_alone)
    assert run.invoke(app, command).exit_code
    saved = {path: path.read_bytes() for path in states.glob("*.h5")}
    assert saved
    assert not list((tmp_path / "out").rglob("rate-0.5.h5"))

    def factorize_and_look(matrix, *rest):
        assert {path: path.read_bytes() for path in states.glob("*.h5")} == saved, "subsample 0 is not done again"
        return factorize(matrix, *rest)

    monkeypatch.setattr(descent, "factorize", factorize_and_look)
    assert run.invoke(app, command).exit_code == 0
    resumed = results(tmp_path, "0.5")
    assert not states.parent.exists()
    (tmp_path / "out").rename(tmp_path / "resumed")
    monkeypatch.setattr(descent, "factorize", factorize)
    assert run.invoke(app, command).exit_code == 0
    assert_same_bits(resumed, results(tmp_path, "0.5"))
    assert {name.split("/")[0] for _, name in resumed} == {"subsample-0", "subsample-1"}


@pytest.mark.parametrize("kind", ["dense"])
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.extended)])
def test_stopped_by_ctrl_c_or_a_scheduler(folder, number):
    """The state is written when the signal comes, whatever is left of the minutes between two states."""
    command = [*arguments(folder, **ENDLESS), "--resume-minutes", "60"]
    run = subprocess.Popen(command, stderr=(folder / "log").open("w"))
    _wait_until_it_runs(folder)
    run.send_signal(number)
    run.wait(timeout=60)
    said = (folder / "log").read_text()
    assert run.returncode != 0
    assert "Traceback" not in said
    states = list((folder / "out" / "unfinished-rate-1.0").glob("*.h5"))
    assert states
    assert not list((folder / "out").rglob("rate-1.0.h5"))


def with_an_entry_elsewhere(matrix):
    """The same values in the same order, one of them in the next column."""
    at = int(np.flatnonzero((np.diff(matrix.indices) > 1) & (np.diff(matrix.row_of_entry) == 0))[0])
    indices = matrix.indices.copy()
    indices[at] += 1
    return replace(matrix, indices=indices)


@pytest.mark.parametrize("kind", ["observed"])
def test_a_state_of_other_settings_or_data_is_refused(folder, kind):
    command = [*arguments(folder, **ENDLESS), "--resume-minutes", "60"]
    run = subprocess.Popen(command, stderr=(folder / "log").open("w"))
    _wait_until_it_runs(folder)
    run.terminate()
    run.wait(timeout=60)
    state = next((folder / "out" / "unfinished-rate-1.0").glob("*.h5"))
    before = state.read_bytes()
    other = subprocess.run(
        arguments(folder, **ENDLESS, rest=1e-3), capture_output=True, text=True, check=False, timeout=120
    )
    assert other.returncode == 1
    assert "the descent that was stopped has rest 1e-07; expected 0.001" in other.stderr
    assert "delete" in other.stderr
    for matrix in (planted(kind, n=90, m=70, r=3, seed=2), with_an_entry_elsewhere(planted(kind, n=90, m=70, r=3))):
        save_matrix(matrix, folder / "matrix.h5")
        other = subprocess.run(arguments(folder, **ENDLESS), capture_output=True, text=True, check=False, timeout=120)
        assert other.returncode == 1
        assert "expected" in other.stderr
        assert "Traceback" not in other.stderr
        assert state.read_bytes() == before
    state.write_bytes(before[: len(before) // 2])
    other = subprocess.run(arguments(folder, **ENDLESS), capture_output=True, text=True, check=False, timeout=120)
    assert other.returncode == 1
    assert f"{state}: cannot be read" in other.stderr
    assert os.listdir(folder / "out") == ["unfinished-rate-1.0"]
