"""A logger for Snakemake: one line per finished job, the progress of running ones, and at the end why jobs failed."""

import logging
import re
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from snakemake_logger_plugin_starnmf.files import ERROR, error_of, has_error, is_interrupted, log_lines, progress_of
from snakemake_logger_plugin_starnmf.jobs import Failure, Job, Jobs, clock
from snakemake_logger_plugin_starnmf.messages import brief_error, brief_reason, exit_status, is_left_out
from snakemake_logger_plugin_starnmf.terminal import RED, YELLOW, Terminal

AT_LEAST_ONE = "At least one job did not complete successfully"

LINES_OF_LOG = 30
"""Last lines of a failed job's log that are shown, where it does not end with one clear error."""

SEPARATOR = " | "

JOBS_SHOWN = 4
"""Running jobs on the live line: the longest-running."""


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Options on the command line, each with the prefix `--logger-starnmf-`."""

    plain: bool = field(
        default=False,
        metadata={
            "help": "Print what Snakemake itself prints. Implied by --verbose and --debug-dag.",
            "required": False,
        },
    )


class LogHandler(LogHandlerBase):
    """Writes what a person wants to know of a run to the stream that Snakemake itself would write to."""

    writes_to_file = False
    has_filter = True  # all events are listened to, also those that are not shown
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Take what Snakemake was asked to print."""
        from snakemake.logging import DefaultFilter
        from snakemake.settings.enums import Quietness

        asked = self.common_settings
        quiet = set(asked.quiet or ())
        self._plain = getattr(self.settings, "plain", False) or asked.verbose or asked.debug_dag
        self._is_silent = Quietness.ALL in quiet and not asked.dryrun
        self._has_counts = Quietness.PROGRESS not in quiet  # else Snakemake does not tell of finished jobs
        self._filter = DefaultFilter(quiet, False, False, asked.dryrun, asked.printshellcmds)
        self._jobs, self._cores, self._begun = Jobs(), 0, time.time()
        self._errors: list[str] = []
        self._is_stopped, self._is_closed, self._complete_log = False, False, ""
        self._terminal = Terminal(
            sys.stdout if asked.stdout else sys.stderr,
            self._live_line,
            has_live_line=not asked.dryrun and not quiet & {Quietness.ALL, Quietness.PROGRESS},
            has_colors=not asked.nocolor,
        )

    @property
    def writes_to_stream(self) -> bool:
        """Whether it writes to the terminal: Snakemake does so itself if not."""
        return not self._plain

    def emit(self, record: logging.LogRecord) -> None:
        """Show what has happened."""
        listener = getattr(self, f"_on_{getattr(record, 'event', None) or 'message'}", None)
        if self._plain or listener is None:
            return
        try:
            listener(record, self._filter.filter(record))
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """End with how many jobs were done and why others were not."""
        super().close()
        if self._plain or self._is_closed:
            return
        self._is_closed = True  # Python closes all handlers once more when it ends
        self._terminal.close()
        if not self._is_silent:
            self._summarize()

    def _on_workflow_started(self, record: Any, is_shown: bool) -> None:
        self._begun = record.created

    def _on_resources_info(self, record: Any, is_shown: bool) -> None:
        self._cores = getattr(record, "cores", self._cores)

    def _on_run_info(self, record: Any, is_shown: bool) -> None:
        counts = Counter({rule: count for rule, count in record.stats.items() if rule != "total"})
        if is_shown and not self.common_settings.dryrun:
            on = f" on {number_of(self._cores, 'core')}" if self._cores else ""
            self._terminal.line(counted(counts, f"to run{on}"))
        self._jobs.expected = counts

    def _on_job_info(self, record: Any, is_shown: bool) -> None:
        job = Job(
            rule=record.rule_name,
            wildcards={name: str(value) for name, value in record.wildcards.items()},
            log=record.log,
            benchmark=record.benchmark,
            command=record.shellcmd or "",
            started=record.created,
        )
        self._jobs.start(record.jobid, job)
        if not self.common_settings.dryrun:
            self._terminal.draw()
        elif is_shown:
            self._terminal.line(f"{job.name}: {brief_reason(record.reason)}")

    def _on_shellcmd(self, record: Any, is_shown: bool) -> None:
        command = getattr(record, "shellcmd", None) or getattr(record, "cmd", None)
        if command and is_shown:
            self._terminal.line(f"    {command}")

    def _on_job_finished(self, record: Any, is_shown: bool) -> None:
        job, seconds, memory = self._jobs.finish(record.job_id, record.created)
        if is_shown:
            total = str(self._jobs.total)
            parts = [job.name if job else record.getMessage(), clock(seconds)]
            parts += [f"{memory:.0f} MiB"] if memory else []
            self._terminal.line(f"[{self._jobs.done:{len(total)}}/{total}] {'  '.join(parts)}")
        self._terminal.draw()

    def _on_group_error(self, record: Any, is_shown: bool) -> None:
        """A group of jobs fails as a whole: its causes are the jobs whose logs have an error in them."""
        jobs = {info["jobid"]: self._jobs.running.pop(info["jobid"], None) for info in record.job_error_info}
        logs = list(record.aux_logs)
        causes = {number: job for number, job in jobs.items() if job and has_error(job.log)}
        for number, job in causes.items():
            self._fail(number, Failure(job.name, error_of(job.log, ""), [*job.log, *logs], alone(job.command, job.log)))
        if not causes:
            names = [job.name for job in jobs.values() if job]
            name = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
            self._fail(min(jobs), Failure(name, error_of(logs, "") or "wrote no error", logs, ""))
        self._show_logs(logs)

    def _on_job_error(self, record: Any, is_shown: bool) -> None:
        if record.indent:  # one of a group, which was told of before
            return
        job = self._jobs.seen.get(record.jobid)
        own = list(job.log) if job else list(record.log)
        cluster = [log for log in record.log if log not in own]
        said = next((error for error in self._errors if record.shellcmd and record.shellcmd in error), "")
        if said:
            self._errors.remove(said)
        told = own if has_error(own) or not cluster else cluster
        error = error_of(told, exit_status(said)) or record.rule_msg or "wrote no error"
        name = job.name if job else record.rule_name
        self._fail(record.jobid, Failure(name, error, [*own, *cluster], alone(record.shellcmd or "", own)))
        self._show_logs([*own, *cluster])

    def _fail(self, number: int, failure: Failure) -> None:
        """Note a failed job and say so at once, in one line."""
        self._jobs.fail(number, failure)
        if not self._is_silent:
            self._terminal.line(f"failed: {failure.name}: {failure.error.splitlines()[0]}", RED)
            self._terminal.draw()

    def _show_logs(self, logs: Sequence[str]) -> None:
        """The ends of logs that have more in them than the one line of an error."""
        if self._is_silent or not self.common_settings.show_failed_logs:
            return
        for log in logs:
            lines = log_lines([log])
            if len(lines) > 1 and not lines[-1].startswith(ERROR):
                self._terminal.line("\n".join(f"    {line}" for line in [f"{log}:", *lines[-LINES_OF_LOG:]]))

    def _on_error(self, record: Any, is_shown: bool) -> None:
        kind, text = getattr(record, "exception", ""), record.getMessage()
        missing = re.search(r"^Job (\d+) +completed successfully, but .*?:\n(.*)", text, re.MULTILINE | re.DOTALL)
        if missing:
            number = int(missing[1])
            job = self._jobs.seen.get(number)
            command = alone(job.command, job.log) if job else ""
            error = f"the command ended without error, but made no {missing[2].strip()}"
            self._fail(number, Failure(job.name if job else "", error, job.log if job else [], command))
        elif kind in ("RuleException", "CalledProcessError"):
            self._errors.append(text)  # of a job; its JOB_ERROR, which says more, follows
        elif not (AT_LEAST_ONE in text and (self._jobs.failures or self._is_stopped)) and not self._is_silent:
            self._terminal.line(f"error: {brief_error(kind, text)}", RED)

    def _on_message(self, record: Any, is_shown: bool) -> None:
        text = record.getMessage()
        restarted = re.fullmatch(r"Trying to restart job (\d+)\.", text)
        if restarted and int(restarted[1]) in self._jobs.seen:
            text = f"runs again: {self._jobs.seen[int(restarted[1])].name}"
        if text.startswith("Terminating processes on user request"):
            self._is_stopped, text = True, "stopping"
        if text.startswith("Complete log(s): "):
            self._complete_log = text.removeprefix("Complete log(s): ")
        if is_shown and not is_left_out(text):
            self._terminal.line(text.rstrip(), YELLOW if record.levelno >= logging.WARNING else None)

    def _live_line(self, width: int) -> str:
        """How many jobs are done, what is known of the remaining time, and the progress of running jobs."""
        with self.lock or nullcontext():  # the line is also drawn by a thread of its own
            return self._running_jobs(width)

    def _running_jobs(self, width: int) -> str:
        now, jobs = time.time(), self._jobs
        running = sorted(jobs.running.values(), key=lambda job: job.started)
        if not running:
            return ""
        parts = [f"{jobs.done}/{jobs.total}"]
        # How long a job waits for a cluster is not known.
        remaining = jobs.remaining(now) if self._cores else None
        if remaining:
            seconds, count = remaining
            left = jobs.total - jobs.done
            parts.append(f"about {clock(seconds)} left" + (f" for {count} of {left} jobs" if count < left else ""))
        texts = [
            f"{job.short_name} {clock(now - job.started)} {progress_of(job.log, list(job.wildcards.values()))}".strip()
            for job in running[:JOBS_SHOWN]
        ]
        room = width - 1 - len(SEPARATOR.join([*parts, ""]))
        parts += cut_to(texts, room - len(SEPARATOR) * (len(texts) - 1))
        return SEPARATOR.join(parts)

    def _summarize(self) -> None:
        """The last lines of a run: how much of it is done and, for every job that failed, why."""
        jobs, write = self._jobs, self._terminal.line
        if self.common_settings.dryrun:
            if jobs.total:
                write(counted(jobs.expected, "would run"))
            return
        if not jobs.seen:
            return
        took = clock(time.time() - self._begun)
        if not jobs.failures and not self._is_stopped:
            if self._has_counts:
                write(f"{jobs.done} of {jobs.total} jobs done in {took}")
            return
        # A job that Ctrl-C has ended is none that failed.
        failures = [one for one in jobs.failures.values() if not (self._is_stopped and is_interrupted(one.error))]
        not_run = jobs.total - jobs.done - len(failures)
        counts = [f"{jobs.done} of {jobs.total} jobs done"] if self._has_counts else []
        counts += [f"{len(failures)} failed"] if failures else []
        counts += [f"{not_run} not run"] if self._has_counts else []
        log = f". Snakemake's log: {self._complete_log}" if self._complete_log else ""
        write(f"{', '.join([*counts, f'in {took}'])}{log}")
        if self._is_stopped:
            write("Stopped. The same command goes on with the jobs that are not done.")
        else:
            failures += [Failure("error", text, [], "") for text in self._errors]
        for failure in failures:
            write("")
            write(f"{failure.name}: {indented(failure.error)}", RED)
            if failure.log:
                write(f"    log: {', '.join(failure.log)}")
            if failure.command:
                write(f"    to run it alone: {failure.command}")


def alone(command: str, logs: Sequence[str]) -> str:
    """The command of a job with its errors on the terminal instead of in its log."""
    for log in logs:
        command = command.removesuffix(f" 2> {log}")
    return command


def counted(counts: Counter[str], verb: str) -> str:
    """The number of jobs, and of the jobs of every rule."""
    rules = ", ".join(f"{rule} {count}" for rule, count in counts.items())
    text = f"{number_of(counts.total(), 'job')} {verb}: {rules}"
    return textwrap.fill(text, 100, subsequent_indent="    ", break_on_hyphens=False)


def number_of(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def cut_to(texts: Sequence[str], room: int) -> list[str]:
    """Texts cut to so many characters together, the longest first."""
    lengths = [0] * len(texts)
    for done, place in enumerate(sorted(range(len(texts)), key=lambda place: len(texts[place]))):
        lengths[place] = min(len(texts[place]), max(0, room) // (len(texts) - done))
        room -= lengths[place]
    return [text[:length] for text, length in zip(texts, lengths, strict=True)]


def indented(text: str) -> str:
    """Text whose lines after the first one are indented."""
    return text.strip().replace("\n", "\n    ")
