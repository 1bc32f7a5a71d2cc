"""The measured table: a row for every contender of every case, printed as it comes and written as CSV."""

import csv
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import distributions, version
from pathlib import Path

import torch
from contenders import Measurement
from threadpoolctl import threadpool_info

from starnmf.results.atomic import atomic_write

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("numpy", "torch", "scikit-learn", "numba")


@dataclass(frozen=True)
class Row:
    """One contender of one case, and whether it met the target where there is one."""

    subject: str
    case: str
    measured: Measurement
    unit: str
    """The work that takes the measured seconds."""
    threads: int = 1
    target: str = ""
    met: bool | None = None

    def cells(self) -> dict[str, str]:
        """The columns of the table; empty where there is nothing to tell."""
        identity = {"subject": self.subject, "case": self.case, "unit": self.unit}
        measured = {name: _cell(value) for name, value in asdict(self.measured).items()}
        verdict = {"target": self.target, "met": {None: "", True: "yes", False: "no"}[self.met]}
        return identity | measured | {"threads": str(self.threads)} | verdict


def show(row: Row) -> Row:
    """Print a row."""
    cells = {name: cell or "-" for name, cell in row.cells().items()}
    verdict = f"   {row.target}: {'met' if row.met else 'NOT MET'}" if row.target else ""
    print(
        f"{row.subject:14}{row.case:18}{cells['contender']:46}{cells['seconds']:>9} s per {row.unit:21}"
        f"{cells['ratio']:>7} x ours {cells['share_of_peak']:>6} of peak {cells['memory_mib']:>6} MiB{verdict}",
        flush=True,
    )
    return row


def write(rows: Sequence[Row], name: str, device: torch.device, folder: Path = RESULTS) -> Path:
    """Write the rows under a name in a folder, each with the day, the processor and the versions it was measured with.

    They stand in every row so that tables of several machines can be put together.
    """
    path = folder / f"{name}.csv"
    write_csv([row.cells() | measured_with(device) for row in rows], path)
    return path


def measured_with(device: torch.device, libraries: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """Day, processor and versions of those libraries that are installed."""
    installed = {name: version(name) for name in libraries if any(distributions(name=name))}
    return {
        "date": date.today().isoformat(),
        "processor": torch.cuda.get_device_name(device) if device.type == "cuda" else _processor(),
        "versions": " ".join(f"{name} {number}" for name, number in installed.items()),
    }


def write_csv(table: Sequence[Mapping[str, str]], path: Path) -> None:
    """Write rows of equal columns."""
    with atomic_write(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def three_digits(value: float) -> str:
    """A number with three digits, more would be noise; nothing for NaN."""
    return "" if math.isnan(value) else f"{float(f'{value:.3g}'):g}"


def _cell(value: str | int | float | None) -> str:
    if isinstance(value, float):
        return three_digits(value)
    return "" if value is None else str(value)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    name = next(names, platform.processor())
    kernels = {library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"}
    return f"{name}, OpenBLAS for {'/'.join(sorted(kernels))}" if kernels else name
