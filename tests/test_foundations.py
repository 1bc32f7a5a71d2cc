"""Seeds, blocks and whole files: what every stage stands on."""

import signal
import sys
import threading
from pathlib import Path
from subprocess import run

import numpy as np
import pytest

from starnmf.blocks import even_blocks, map_blocks
from starnmf.errors import InputError, WriteError, reading
from starnmf.factorization.settings import Settings
from starnmf.results.atomic import atomic_write
from starnmf.seeds import generator


def test_a_generator_depends_on_its_address_only():
    first = generator(0, "metabolic", 0.4, "start", 17).standard_normal(4)
    generator(0, "metabolic", 0.4, "start", 16).standard_normal(1000)
    np.testing.assert_array_equal(generator(0, "metabolic", 0.4, "start", 17).standard_normal(4), first)
    others = [(1, "metabolic", 0.4, "start", 17), (0, "orl", 0.4, "start", 17), (0, "metabolic", 0.4, "point", 17)]
    assert all(not np.array_equal(generator(*other).standard_normal(4), first) for other in others)


def test_streams_of_neighbouring_addresses_are_uncorrelated():
    draws = np.array([generator(0, "orl", 1.0, "start", index).standard_normal(2000) for index in range(40)])
    correlations = np.corrcoef(draws)[np.triu_indices(40, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(2000)
    assert draws.mean() == pytest.approx(0, abs=4 / np.sqrt(draws.size))


@pytest.mark.parametrize(("count", "largest"), [(1, 5), (5, 5), (6, 5), (100, 43), (7, 1)])
def test_even_blocks_cover_everything_once_and_evenly(count, largest):
    blocks = even_blocks(count, largest)
    assert [index for block in blocks for index in range(count)[block]] == list(range(count))
    sizes = [block.stop - block.start for block in blocks]
    assert max(sizes) <= largest
    assert max(sizes) - min(sizes) <= 1
    assert len(blocks) == -(-count // largest)


def test_blocks_run_on_the_asked_threads_and_keep_their_order():
    seen, barrier = set(), threading.Barrier(2, timeout=10)

    def work(block):
        barrier.wait()
        seen.add(threading.get_ident())
        return block * 10

    assert map_blocks(work, range(6), 2) == [0, 10, 20, 30, 40, 50]
    assert len(seen) == 2


def test_a_file_appears_when_it_is_whole_and_not_before(tmp_path):
    path = tmp_path / "folder" / "file.txt"
    with atomic_write(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        temporary.write_text("whole")
    assert path.read_text() == "whole"

    def fail():
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_the_next_write_removes_what_a_killed_one_left(tmp_path):
    killed = f"""
import os, signal
from pathlib import Path
from starnmf.results.atomic import atomic_write
with atomic_write(Path({str(tmp_path / "rate-1.h5")!r})) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run([sys.executable, "-c", killed]).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    another = tmp_path / ".rate-1.0.123.h5"
    another.write_text("being written as rate-1.0.h5")
    with atomic_write(tmp_path / "rate-1.h5") as temporary:
        temporary.write_text("whole")
    assert left.name.startswith(".rate-1.")
    assert sorted(tmp_path.iterdir()) == [another, tmp_path / "rate-1.h5"]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError("Can't flush (file write failed: errno = 28)")]
)
def test_a_full_disk_is_named_however_a_library_says_it(tmp_path, error):
    def write():
        with atomic_write(tmp_path / "a.h5") as temporary:
            temporary.touch()
            raise error

    with pytest.raises(WriteError, match=r"a\.h5: cannot be written: No space left on device"):
        write()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"learning_rate": float("nan")}, "learning_rate: found nan; expected a number above 0"),
        ({"learning_rate": 0.0}, "learning_rate: found 0; expected a number above 0"),
        ({"rest": float("nan")}, "rest: found nan; expected a number above 0 and at most 0.1"),
        ({"rest": -1.0}, "rest: found -1"),
        ({"steps": 10**20}, r"steps: found 1e\+20; expected a whole number from 1 to 1e\+12"),
    ],
)
def test_numbers_that_no_descent_can_have_are_refused(setting, message):
    with pytest.raises(InputError, match=message):
        Settings(**setting)


def test_what_content_causes_is_invalid_input_and_what_code_causes_is_not():
    message = r"a\.mat: cannot be read as a MATLAB file \('X'\); expected a whole file"
    with pytest.raises(InputError, match=message), reading("a.mat", "a MATLAB file"):
        raise KeyError("X")
    with pytest.raises(NameError), reading("a.mat", "a MATLAB file"):
        raise NameError("name 'content' is not defined")


def test_the_command_line_starts_without_the_heavy_libraries():
    loaded = (
        "import sys, starnmf.cli; print(sorted({'torch', 'numba', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("stage", ["datasets", "landscape", "figures", "tables"])
def test_torch_is_loaded_by_factorization_only(stage):
    modules = f"import sys, pkgutil, importlib, starnmf.{stage} as s\n"
    modules += "for m in pkgutil.iter_modules(s.__path__): importlib.import_module(f'{s.__name__}.{m.name}')\n"
    modules += "print('torch' in sys.modules)"
    assert run([sys.executable, "-c", modules], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_a_mistake_is_one_line_and_exit_code_one(tmp_path):
    from starnmf.matrix import Dense, Description, save_matrix

    save_matrix(Dense(np.ones((4, 4), np.float32), Description("toy", 2, "own", {})), tmp_path / "m.h5")
    command = [sys.executable, "-c", "from starnmf.cli import main; main()", "factorization", "run"]
    files = [str(tmp_path / name) for name in ("m.h5", "out")]
    done = run([*command, *files, "--regime", "quick", "--restarts", "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "starnmf: error: Invalid value for '--regime': Value error, 'quick' is not one of 'literal', 'published', "
        "'converged'. See starnmf factorization run --help"
    )
    assert not (tmp_path / "out").exists()


def test_the_configuration_has_the_defaults_of_the_command():
    from dataclasses import asdict

    import yaml

    from starnmf.factorization.settings import Settings

    configuration = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
    assert {key: configuration[key] for key in asdict(Settings())} == asdict(Settings())
