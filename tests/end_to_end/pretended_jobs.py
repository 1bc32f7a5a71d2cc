"""A command in place of `starnmf` that makes its outputs, and notes which GPU it was given and when it ran."""

import stat
from dataclasses import dataclass

MAKE_OUTPUTS = """
for argument
do
    case "$argument" in
    results/*/stand-in/*) mkdir -p "$argument" ;;
    results/*/factorization/metabolic) mkdir -p "$argument" ;;
    results/*) [ -e "$argument" ] || echo > "$argument" ;;
    esac
done
case "$1 $2" in
"factorization run")
    for regime in published converged
    do
        mkdir -p "$4/$regime"
        touch "$4/$regime/$(basename "$3")" "$4/$regime/$(basename "$3" .h5).csv"
    done
    ;;
esac
"""

BE_A_LONG_JOB = """
case "$*" in
*"{part}"*)
    folder=$(dirname "$0")
    start=$(date +%s.%N)
    echo >> "$folder/started"
    tenths=0
    while [ "$(wc -l < "$folder/started")" -lt 2 ] && [ $tenths -lt {seconds}0 ]
    do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    echo "$start $(date +%s.%N) $CUDA_VISIBLE_DEVICES $SLURM_JOB_ID" >> "$folder/long-jobs"
    ;;
esac
"""


def write_command(folder, script):
    """Write the command into a new folder, which is to come first on the path."""
    folder.mkdir()
    command = folder / "starnmf"
    command.write_text(f"#!/bin/sh\n{script}")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return folder


def write_long_jobs(folder, part, seconds):
    """Write a command that waits until two have started where its arguments have `part` in them, so many seconds at
    most.
    """
    return write_command(folder, MAKE_OUTPUTS + BE_A_LONG_JOB.format(part=part, seconds=seconds))


@dataclass
class LongJob:
    """A job that took its time."""

    start: float
    end: float
    device: str = ""
    """Its CUDA_VISIBLE_DEVICES."""
    submission: str = ""
    """The Slurm job that it was part of."""

    def overlaps(self, other):
        """Whether both ran at some time."""
        return self.start < other.end and other.start < self.end


def long_jobs(folder):
    """The long jobs that the command in `folder` has run."""
    lines = [line.split() for line in (folder / "long-jobs").read_text().splitlines()]
    return [LongJob(float(start), float(end), *rest) for start, end, *rest in lines]
