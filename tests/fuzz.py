"""Files of every format with bytes changed at random, read as the pipeline reads them: what comes of each.

`python -m tests.fuzz MINUTES` prints a table of docs/reliability.md.
"""

import hashlib
import multiprocessing
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from starnmf.datasets import child_process
from starnmf.datasets.cifar10 import read_images
from starnmf.datasets.cifar10 import write_stand_in as write_images
from starnmf.datasets.normalization import normalize
from starnmf.datasets.own_files import Options, read_own
from starnmf.datasets.registry import NAMES
from starnmf.datasets.stand_in import stand_in_options, write_stand_in
from starnmf.errors import InputError
from starnmf.matrix import Entries
from tests.datasets.test_own import SPARSE_WRITERS, WRITERS

SHAPES = {**dict.fromkeys(NAMES, (40, 30)), "satellite": (12, 64)}  # an image is square
OUTCOMES = ("refused", "the same", "other numbers", "another shape", "traceback", "crash", "hang")
BAD = OUTCOMES[4:]
LONGEST = 60.0
"""Seconds after which a reader hangs; those that the pipeline watches itself have a third of it here."""


@dataclass(frozen=True)
class Format:
    """How files of a format are written into a folder, and read from it."""

    write: Callable[[Path], object]
    read: Callable[[Path], object]


def mutated(content: bytes, draws: random.Random) -> bytes:
    """The content with one of five kinds of damage."""
    damaged, at = bytearray(content), draws.randrange(len(content))
    match draws.randrange(5):
        case 0:
            for _ in range(draws.randrange(1, 30)):
                damaged[draws.randrange(len(damaged))] = draws.randrange(256)
        case 1:
            del damaged[at:]
        case 2:
            damaged[at:at] = draws.randbytes(draws.randrange(1, 20))
        case 3:
            damaged[at:at] = damaged[max(0, at - 40) : at]
        case 4:
            damaged[at : at + 50] = bytes(len(damaged[at : at + 50]))
    return bytes(damaged)


def published(name: str) -> Format:
    """A dataset's published format, without the counts and checksums of the real files."""
    options = stand_in_options(name, SHAPES[name])
    return Format(
        lambda folder: write_stand_in(name, folder, SHAPES[name], 2, 0),
        lambda folder: normalize(name, folder, "stand-in", 2, 0, options),
    )


def own(name: str, write: Callable[[Path], object]) -> Format:
    """A format of own matrices."""
    key = "group/matrix" if name == "a.h5" else "Y" if name.endswith(".mat") else None
    return Format(
        lambda folder: write(folder / name),
        lambda folder: read_own(folder / name, key, Options(missing="unobserved"), 10**8),
    )


FORMATS = {name: published(name) for name in NAMES}
FORMATS["cifar10"] = Format(
    lambda folder: write_images(folder, 50, 10, seed=0), lambda folder: read_images(folder, "stand-in")
)
FORMATS |= {f"own {name}": own(name, write) for name, write in WRITERS.items()}
FORMATS |= {f"own sparse {name}": own(name, write) for name, write in SPARSE_WRITERS.items()}


def summary_of(found: object) -> tuple[object, str]:
    """Shape and checksum of what was read."""
    if isinstance(found, Entries):
        arrays, shape = [found.rows, found.columns, found.values], found.shape
    elif isinstance(found, np.ndarray):
        arrays, shape = [found], found.shape
    else:
        fields = {name: value for name, value in vars(found).items() if isinstance(value, np.ndarray)}
        arrays, shape = list(fields.values()), {name: value.shape for name, value in fields.items()}
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))
    return shape, digest.hexdigest()


def send_summary(sender, read, folder):
    """Read in a child process, and send what came of it."""
    warnings.simplefilter("ignore")
    child_process.LONGEST_SECONDS = LONGEST / 3
    with redirect_stderr(StringIO()):
        try:
            sender.send(summary_of(read(folder)))
        except InputError:
            sender.send("refused")
        except Exception as error:
            sender.send(f"traceback {type(error).__name__}: {error}"[:200])


def outcome_of(read: Callable[[Path], object], folder: Path, whole: tuple[object, str]) -> tuple[str, str]:
    """One of `OUTCOMES`, and what was said where it is a bad one."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=send_summary, args=(sender, read, folder))
    child.start()
    sender.close()
    try:
        found = receiver.recv() if receiver.poll(LONGEST) else "hang"
    except EOFError:
        found = "crash"
    child.kill()
    child.join()
    if isinstance(found, str):
        return found.split()[0], found
    return ("another shape" if found[0] != whole[0] else "the same" if found == whole else "other numbers"), ""


def attempt(name: str, form: Format, folder: Path, attempts: range) -> Counter[str]:
    """Count what comes of damaged files of a format; what is bad is printed with its number."""
    folder.mkdir(parents=True)
    form.write(folder)
    whole = summary_of(form.read(folder))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    counts: Counter[str] = Counter()
    for number in attempts:
        draws = random.Random(f"{name}/{number}")
        path = draws.choice(files)
        content = path.read_bytes()
        path.write_bytes(mutated(content, draws))
        outcome, said = outcome_of(form.read, folder, whole)
        path.write_bytes(content)
        counts[outcome] += 1
        if outcome in BAD:
            print(f"{name}, attempt {number}: {said}", flush=True)
    return counts


def main(minutes: float) -> int:
    """All formats for equal times; a table in Markdown, and 1 if anything bad came of any."""
    print(f"| format | attempts | {' | '.join(OUTCOMES)} |\n|---|{'---|' * (1 + len(OUTCOMES))}")
    total: Counter[str] = Counter()
    for name, form in FORMATS.items():
        end, counts, first = time.monotonic() + 60 * minutes / len(FORMATS), Counter[str](), 0
        while time.monotonic() < end:
            with tempfile.TemporaryDirectory() as folder, redirect_stderr(StringIO()):
                counts += attempt(name, form, Path(folder, "files"), range(first, first + 10))
            first += 10
        row(name, counts)
        total += counts
    row("all", total)
    return int(any(total[outcome] for outcome in BAD))


def row(name: str, counts: Counter[str]) -> None:
    """A row of the table."""
    print(f"| {name} | {counts.total():,} | {' | '.join(f'{counts[one]:,}' for one in OUTCOMES)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
