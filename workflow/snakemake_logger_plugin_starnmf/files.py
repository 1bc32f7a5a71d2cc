"""What the files of a job say: its progress, its error and its peak memory."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

ERROR = "starnmf: error: "
"""How the commands of this project begin the message of an error, which is the last thing they write."""

END_OF_LOG = 20_000
"""Bytes at the end of a log that are read."""


def log_lines(logs: Sequence[str]) -> list[str]:
    """The last lines of the logs of a job that are not empty; each state of a progress bar is a line."""
    lines: list[str] = []
    for log in logs:
        try:
            with Path(log).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - END_OF_LOG))
                text = file.read().decode(errors="replace")
        except OSError:
            continue
        lines += [_printable(line) for line in re.split(r"[\r\n]+", text) if line.strip()]
    return lines


def progress_of(logs: Sequence[str], wildcards: Sequence[str]) -> str:
    """The last line of a job's log, without what its wildcards say already; empty where there is none."""
    lines = log_lines(logs)
    line = lines[-1].strip() if lines else ""
    for value in wildcards:
        line = re.sub(rf"^{re.escape(value)}\b[: ]*", "", line)
    return line


def error_of(logs: Sequence[str], status: str) -> str:
    """The error that a job's log ends with; if it is no message of this project's, its last line and how it ended."""
    lines = log_lines(logs)
    begins = [number for number, line in enumerate(lines) if line.startswith(ERROR)]
    if begins:
        return "\n".join(lines[begins[-1] :]).removeprefix(ERROR)
    limits = [line for line in lines if line.startswith("slurmstepd") and re.search("limit|oom", line, re.IGNORECASE)]
    if limits:
        return limits[-1]
    return ": ".join(filter(None, [status, lines[-1].strip() if lines else ""]))


def has_error(logs: Sequence[str]) -> bool:
    """Whether a log has an error of this project's commands in it, or a traceback."""
    return any(line.startswith((ERROR, "Traceback (most recent call last)")) for line in log_lines(logs))


def is_interrupted(error: str) -> bool:
    """Whether the error is that of a command that Ctrl-C has ended."""
    return bool(re.search(r"SIGINT|exit status 130|starnmf: stopped", error))


def measured(benchmark: str | None) -> tuple[float | None, float | None]:
    """Seconds and peak memory in MiB of a job, from its benchmark file; None for what it does not say."""
    try:
        with Path(benchmark or "").open() as file:
            row = next(csv.DictReader(file, delimiter="\t"))
    except (OSError, StopIteration, csv.Error, UnicodeDecodeError):
        return None, None
    return _number(row.get("s")), _number(row.get("max_rss"))


def _number(text: str | None) -> float | None:
    """A measurement that is not 0: Snakemake writes NA or - for what it could not measure."""
    try:
        return float(text or "") or None
    except ValueError:
        return None


def _printable(line: str) -> str:
    """A line without colors and other control sequences of a terminal."""
    line = re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", line)
    return "".join(character if character.isprintable() else " " for character in line).rstrip()
