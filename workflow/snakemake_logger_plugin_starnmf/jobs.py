"""The jobs of a run: which are running, which are done, and how long the others will take."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from snakemake_logger_plugin_starnmf.files import measured


@dataclass(frozen=True)
class Job:
    """One job of the run."""

    rule: str
    wildcards: Mapping[str, str]
    log: Sequence[str]
    benchmark: str | None
    command: str
    """The shell command, empty for a job without one."""
    started: float
    """Seconds since the epoch."""

    @property
    def name(self) -> str:
        """Rule and wildcards, of which one that is named like the rule needs no name."""
        given = {name: value for name, value in self.wildcards.items() if value}
        return " ".join([self.rule, *(v if name == self.rule else f"{name}={v}" for name, v in given.items())])

    @property
    def short_name(self) -> str:
        """Rule and the values of its wildcards."""
        return " ".join([self.rule, *filter(None, self.wildcards.values())])


@dataclass(frozen=True)
class Failure:
    """Why a job failed."""

    name: str
    error: str
    log: Sequence[str]
    command: str
    """What runs the job alone; empty where Snakemake does not say."""


@dataclass
class Jobs:
    """What is known of the jobs of a run."""

    expected: Counter[str] = field(default_factory=Counter)
    """Jobs to run, by rule."""
    seen: dict[int, Job] = field(default_factory=dict)
    running: dict[int, Job] = field(default_factory=dict)
    durations: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds of finished jobs, by rule."""
    failures: dict[int, Failure] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of jobs to run."""
        return self.expected.total()

    @property
    def done(self) -> int:
        """Number of finished jobs."""
        return sum(map(len, self.durations.values()))

    def start(self, number: int, job: Job) -> None:
        """Note a job that starts."""
        self.seen[number] = self.running[number] = job
        self.failures.pop(number, None)  # it runs again

    def finish(self, number: int, now: float) -> tuple[Job | None, float, float | None]:
        """Note a finished job; returns it, its seconds and its peak memory in MiB if it was measured."""
        job = self.running.pop(number, None) or self.seen.get(number)
        seconds, memory = measured(job.benchmark if job else None)
        if seconds is None:
            seconds = now - job.started if job else 0.0
        self.durations[job.rule if job else ""].append(seconds)
        return job, seconds, memory

    def fail(self, number: int, failure: Failure) -> None:
        """Note a failed job."""
        self.running.pop(number, None)
        self.failures[number] = failure

    def remaining(self, now: float) -> tuple[float, int] | None:
        """Estimate the remaining time from what finished jobs of the same rules took.

        Returns
        -------
        tuple of float and int, or None
            Seconds, and to how many of the jobs that are not finished they refer; None where finished jobs tell of
            less than half of them, or after a failure, as it is not known then which jobs will still run.
        """
        if self.failures or not self.done:
            return None
        left = {rule: count - len(self.durations[rule]) for rule, count in self.expected.items()}
        timed = {rule: count for rule, count in left.items() if self.durations[rule] and count > 0}
        if 2 * sum(timed.values()) < self.total - self.done or not timed:
            return None
        means = {rule: fmean(self.durations[rule]) for rule in timed}
        work = sum(means[rule] * count for rule, count in timed.items())
        spent = [(job.rule, now - job.started) for job in self.running.values()]
        work -= sum(min(seconds, means[rule]) for rule, seconds in spent if rule in means)
        elapsed = now - min(job.started for job in self.seen.values())
        worked = sum(map(sum, self.durations.values())) + sum(seconds for _, seconds in spent)
        at_a_time = max(1.0, worked / elapsed) if elapsed > 0 else 1.0
        return work / at_a_time, sum(timed.values())


def clock(seconds: float) -> str:
    """A duration: `0:07`, `12:30` or `2:05:00`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
