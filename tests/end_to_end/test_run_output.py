"""What a person sees of a run: on a terminal, in a file and in a dry run."""

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from tests.end_to_end.checkout import CONFIGURED, PLAIN, copy_checkout, path_with, snakemake

SNAKEFILE = """
rule all:
    input: "done/a.txt", "done/b.txt", "failed.txt", "killed.txt", "nothing.txt", "after.txt"

rule good:
    output: "done/{name}.txt"
    log: "good-{name}.log"
    benchmark: "good-{name}.tsv"
    shell: "(printf '{wildcards.name}: 0\\\\r{wildcards.name}: 3 of 4 parts' >&2; sleep 2.5; touch {output}) 2> {log}"

rule failed:
    output: "failed.txt"
    log: "failed.log"
    retries: 1
    shell: "./fails 2> {log}"

rule after:
    input: "failed.txt"
    output: "after.txt"
    shell: "touch {output}"

rule killed:
    output: "killed.txt"
    log: "killed.log"
    shell: "(echo '50 of 100' >&2; kill -9 $$) 2> {log}"

rule slow:
    output: "slow.txt"
    shell: "sleep 60; touch {output}"

rule nothing:
    output: "nothing.txt"
    log: "nothing.log"
    shell: "true 2> {log}"
"""

FAILS = """#!/bin/sh
echo 'parts: 1 of 2' >&2
echo 'starnmf: error: déjà.csv: found nothing; expected a matrix' >&2
exit 1
"""

PROFILE = "logger: starnmf\nkeep-going: true\nlatency-wait: 1\nshow-failed-logs: true\n"

CLEAR = "\r\x1b[K"


def write_workflow(folder, text=SNAKEFILE):
    (folder / "Snakefile").write_text(text)
    (folder / "profiles/default").mkdir(parents=True)
    (folder / "profiles/default/config.yaml").write_text(PROFILE)
    (folder / "fails").write_text(FAILS)
    (folder / "fails").chmod(0o755)
    return folder


@contextmanager
def terminal(columns=100):
    """A terminal so many columns wide: its end for a program, and a list of what was written to it, once it is done."""
    leader, follower = pty.openpty()
    subprocess.run(["stty", "columns", str(columns)], stdin=follower, check=True)
    written = []
    reader = Thread(target=lambda: written.extend(read_all(leader)))
    reader.start()
    yield follower, written
    os.close(follower)
    reader.join()
    os.close(leader)


def read_all(leader):
    """What is written to a terminal, until nobody can write any more."""
    with suppress(OSError):
        while some := os.read(leader, 2**16):
            yield some


def text_of(written):
    return b"".join(written).decode(errors="replace").replace("\r\n", "\n")


def on_terminal(folder, *arguments, columns=100):
    """The exit code of snakemake, and what it writes to a terminal so many columns wide."""
    with terminal(columns) as (follower, written):
        done = snakemake(folder, "--cores", "2", *arguments, terminal=os.ttyname(follower))
    return done.returncode, text_of(written)


def lines_on_screen(written):
    """The lines that stay: without what was erased and without colors."""
    kept = [line.split(CLEAR)[-1] for line in written.split("\n")]
    return [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in kept]


def live_lines(written):
    """The texts that the live line had."""
    return re.findall(r"\x1b\[\?7l(.*?)\x1b\[\?7h", written)


@pytest.fixture(scope="module")
def in_terminal(tmp_path_factory):
    folder = write_workflow(tmp_path_factory.mktemp("terminal"))
    code, written = on_terminal(folder)
    assert code == 1
    return folder, written


@pytest.fixture(scope="module")
def in_file(tmp_path_factory):
    done = snakemake(write_workflow(tmp_path_factory.mktemp("file")), "--cores", "2")
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr.splitlines()


def causes(lines):
    """The last lines of a run: how much is done, and the blocks of jobs that failed under their first lines."""
    begin = next(number for number, line in enumerate(lines) if " jobs done, " in line)
    blocks = "\n".join(lines[begin + 1 :]).strip().split("\n\n")
    return lines[begin], {block.split(":")[0]: block.splitlines() for block in blocks}


@pytest.mark.parametrize("where", ["terminal", "file"])
def test_a_line_for_every_finished_job(where, in_terminal, in_file):
    lines = lines_on_screen(in_terminal[1]) if where == "terminal" else in_file
    finished = [line for line in lines if re.match(r"\[\d/7\] ", line)]
    assert len(finished) == 2
    assert {line.split()[2] for line in finished} == {"name=a", "name=b"}
    assert [line.split()[0] for line in finished] == ["[1/7]", "[2/7]"]
    for line in finished:
        assert re.fullmatch(r"\[\d/7\] good name=[ab]  0:0[2-9]  \d+ MiB", line), line


@pytest.mark.parametrize("where", ["terminal", "file"])
def test_a_failed_run_ends_with_the_causes(where, in_terminal, in_file):
    lines = lines_on_screen(in_terminal[1]) if where == "terminal" else in_file
    summary, blocks = causes(lines)
    assert summary.startswith("2 of 7 jobs done, 3 failed, 2 not run, in 0:")
    assert set(blocks) == {"failed", "killed", "nothing"}
    assert blocks["failed"] == [
        "failed: déjà.csv: found nothing; expected a matrix",
        "    log: failed.log",
        "    to run it alone: ./fails",
    ]
    assert blocks["killed"][0] == "killed: the command was ended by SIGKILL: 50 of 100"
    assert "nothing.txt" in blocks["nothing"][0]


def test_the_command_of_a_failed_job_runs_it(in_terminal):
    folder, written = in_terminal
    (line,) = (line for line in causes(lines_on_screen(written))[1]["failed"] if "alone: " in line)
    alone = subprocess.run(shlex.split(line.split("alone: ")[1]), cwd=folder, capture_output=True, text=True)
    assert alone.returncode == 1
    assert alone.stderr == (folder / "failed.log").read_text()


def test_a_job_that_is_tried_again_says_so(in_file):
    assert in_file.count("failed: failed: déjà.csv: found nothing; expected a matrix") == 2
    assert in_file.count("runs again: failed") == 1


def test_running_jobs_show_their_own_progress(in_terminal):
    lives = live_lines(in_terminal[1])
    assert any(re.search(r"\d/7 .*good a 0:0[1-9] 3 of 4 parts", line) for line in lives), lives
    assert not any("left" in line for line in lives[: len(lives) // 4]), "nothing is known of the time at first"


def test_a_file_has_no_live_line_and_nothing_of_every_job_but_its_line(in_file):
    assert not [line for line in in_file if "\x1b" in line or "\r" in line]
    for chatter in ("Select jobs", "Execute ", "jobid", "reason", "Building DAG", "RuleException", "WorkflowError"):
        assert not [line for line in in_file if chatter in line]
    assert len(in_file) < 40


@pytest.mark.parametrize("columns", [30, pytest.param(60, marks=pytest.mark.extended)])
def test_the_live_line_fits_a_narrow_terminal(tmp_path, columns):
    _, written = on_terminal(write_workflow(tmp_path), "done/a.txt", "done/b.txt", columns=columns)
    assert live_lines(written)
    assert max(map(len, live_lines(written))) < columns
    assert lines_on_screen(written)[-2].startswith("2 of 2 jobs done in 0:0")


def interrupted(job):
    """The exit code after Ctrl-C, which a person would press again where nothing happens."""
    for _ in range(6):
        os.killpg(job.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return job.wait(timeout=20)
    raise AssertionError("six times Ctrl-C did not end the run")


def test_ctrl_c_ends_the_run_and_says_that_it_goes_on(tmp_path):
    """In a terminal that shows ASCII alone."""
    folder = write_workflow(tmp_path)
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "slow.txt", "failed.txt"]
    environment = path_with() | {"PYTHONIOENCODING": "ascii", "TERM": "xterm"}
    with terminal() as (end, written):
        job = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=end, stdout=end, stderr=end, start_new_session=True
        )
        while job.poll() is None and text_of(written).count("failed: failed") < 2:
            time.sleep(0.1)
        code = interrupted(job)
    lines = lines_on_screen(text_of(written))
    assert code == 1
    assert "failed: failed: d?j?.csv: found nothing; expected a matrix" in lines
    assert "Stopped. The same command goes on with the jobs that are not done." in lines
    assert lines[-2] == "    to run it alone: ./fails", "what had failed before is not forgotten"
    assert "Traceback" not in text_of(written)
    assert not (folder / "slow.txt").exists()


@pytest.mark.extended
def test_what_is_known_of_the_remaining_time(tmp_path):
    rule = 'rule {name}:\n    output: "{name}-{{n}}"\n    shell: "sleep {seconds}; touch {{output}}"\n'
    slow = [f"slow-{number}" for number in range(5)]
    text = f"rule all:\n    input: {[*slow, 'other-0']}\n" + rule.format(name="slow", seconds=2)
    folder = write_workflow(tmp_path, text + rule.format(name="other", seconds=4))
    code, written = on_terminal(folder, "--cores", "1", "--prioritize", *slow, columns=200)
    assert code == 0, written
    lives = live_lines(written)
    said = [re.search(r"(\d)/7 \| about 0:(\d\d) left for (\d) of (\d) jobs", line) for line in lives]
    assert not any(re.match("0/7", line) and "left" in line for line in lives)
    first = next(match for match in said if match)
    done, seconds, of_them, left = map(int, first.groups())
    assert done + left == 7
    assert of_them == left - 2, "the other rule, and all, have no finished job"
    assert abs(seconds - 2 * of_them) <= 2 + of_them / 2


@pytest.mark.extended
def test_hundreds_of_jobs_take_a_line_each(tmp_path):
    text = 'rule all:\n    input: [f"{n}.txt" for n in range(150)]\nrule one:\n    output: "{n}.txt"\n'
    done = snakemake(write_workflow(tmp_path, text + '    shell: "touch {output}"\n'), "--cores", "8")
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert [int(line[1:4]) for line in lines if line.startswith("[")] == list(range(1, 152))
    assert len(lines) <= 151 + 3
    assert lines[-1].startswith("151 of 151 jobs done in ")


def test_a_quiet_run_prints_why_jobs_failed_alone(tmp_path):
    folder = write_workflow(tmp_path)
    fine = snakemake(folder, "done/a.txt", "--cores", "2", "--quiet")
    assert (fine.returncode, fine.stdout) == (0, "")
    assert not [line for line in fine.stderr.splitlines() if not line.startswith("Using workflow specific profile")]
    failed = snakemake(folder, "failed.txt", "--cores", "2", "--quiet").stderr.splitlines()
    assert failed[-3:-1] == ["failed: déjà.csv: found nothing; expected a matrix", "    log: failed.log"]
    assert [line for line in failed if line.startswith("1 failed, in 0:0")]
    silent = snakemake(folder, "failed.txt", "--cores", "2", "--quiet", "all")
    assert silent.returncode == 1
    assert "failed" not in silent.stdout + silent.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


def test_a_dry_run_lists_what_would_run_and_why(checkout):
    wanted = ["figure5", "--dry-run", *CONFIGURED, "--config", 'datasets=["metabolic"]']
    plain = snakemake(checkout, *wanted, PLAIN).stdout
    expected = dict(re.findall(r"^(\w+) +(\d+)$", plain.split("Job stats:")[1], re.MULTILINE))
    assert int(expected["total"]) > 10
    assert "jobid: " in plain, "what Snakemake prints itself is one option away"
    brief = snakemake(checkout, *wanted)
    assert brief.returncode == 0, brief.stderr
    lines = brief.stdout.splitlines()
    listed = [line for line in lines if re.search(": (output is missing|input is made by another job)$", line)]
    assert len(listed) == int(expected["total"])
    assert "draw_figure figure=figure05 variant=-converged: output is missing" in listed
    counts = " ".join(lines[len(listed) :]).replace("    ", " ")
    assert counts.startswith(f"{expected.pop('total')} jobs would run: ")
    assert dict(re.findall(r"(\w+) (\d+)(?:,|$)", counts)) == expected
    assert len(lines) < len(listed) + 4
    commands = snakemake(checkout, *wanted, "--printshellcmds").stdout
    assert commands.count("    starnmf ") == int(len(listed) - 1)
    quiet = snakemake(checkout, *wanted, "--quiet").stdout.splitlines()
    assert " ".join(quiet).replace("    ", " ") == counts


@pytest.mark.parametrize(
    ("option", "start"),
    [("--rulegraph", "digraph"), ("--dag", "digraph"), ("--summary", "output_file\t"), ("--list-rules", "")],
)
def test_what_is_printed_for_other_programs_stays_clean(checkout, option, start):
    ours, plain = (snakemake(checkout, "table1", option, *more, *CONFIGURED) for more in ([], [PLAIN]))
    assert ours.returncode == plain.returncode == 0, ours.stderr
    assert ours.stdout == plain.stdout
    assert ours.stdout.startswith(start)


def test_a_mistake_in_the_configuration_is_one_line(checkout):
    for setting in ("optimas=3", 'datasets=["metabolism"]', "line_points=50"):
        done = snakemake(checkout, "--cores", "2", *CONFIGURED, "--config", setting)
        assert done.returncode == 1
        (line,) = [line for line in done.stderr.splitlines() if not line.startswith("Using workflow specific profile")]
        assert line.startswith("error: ")
        assert re.search("optimas|'metabolism'|line_points: found 50", line)


def test_a_target_after_config_is_told_where_it_belongs(checkout):
    done = snakemake(checkout, "--cores", "2", "--config", "optima=20", "figure5")
    assert done.returncode == 1
    assert "error: --config: found 'figure5'; expected name=value. Targets go before --config" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.extended
def test_jobs_of_a_cluster_write_no_live_lines(tmp_path):
    folder = write_workflow(tmp_path)
    (folder / "submit").write_text('#!/bin/sh\nsh "$1" > submitted.log 2>&1\necho 1\n')
    (folder / "submit").chmod(0o755)
    cluster = ["--executor", "cluster-generic", "--cluster-generic-submit-cmd", "./submit", "--jobs", "1"]
    code, written = on_terminal(folder, "done/a.txt", *cluster)
    assert code == 0, written
    lines = lines_on_screen(written)
    assert any(re.fullmatch(r"\[1/1\] good name=a  0:0[2-9]  \d+ MiB", line) for line in lines), lines
    inside = (folder / "submitted.log").read_text()
    assert "rule good:" in inside, "what Snakemake itself prints"
    assert "\x1b" not in inside


@pytest.mark.extended
def test_of_a_group_the_job_that_failed_is_named(tmp_path):
    folder = write_workflow(tmp_path)
    (folder / "submit").write_text('#!/bin/sh\nsh "$1" > submitted.log 2>&1\necho 1\n')
    (folder / "submit").chmod(0o755)
    cluster = ["--executor", "cluster-generic", "--cluster-generic-submit-cmd", "./submit", "--jobs", "1"]
    grouped = ["--groups", "good=some", "failed=some", "--group-components", "some=2", "--retries", "0"]
    code, written = on_terminal(folder, "failed.txt", "done/a.txt", *cluster, *grouped)
    assert code == 1
    summary, blocks = causes(lines_on_screen(written))
    assert "1 failed" in summary
    assert set(blocks) == {"failed"}, written
    assert blocks["failed"][0] == "failed: déjà.csv: found nothing; expected a matrix"
    assert blocks["failed"][-1] == "    to run it alone: ./fails"
