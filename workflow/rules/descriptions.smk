"""What the report says of the run and of each result; its templates in workflow/report call these functions.

A template reaches them through `workflow.globals`, and the jobs' records through `workflow.persistence`: neither is
promised by Snakemake, so tests/end_to_end/test_report.py holds them. Libraries that only the report needs are imported
where it needs them: every start of Snakemake, on a cluster every job, reads this file.
"""

import re
from functools import lru_cache

LONGEST_LINE = 10_000

# The report sorts categories and labels as text.
LEDGER_CATEGORY, FIGURE_CATEGORY = "1. Ledger of claims", "2. Figures"
TABLE_CATEGORY, LANDSCAPE_CATEGORY = "3. Tables", "4. Plots to look into"


def figure_labels(wildcards):
    """A figure in the list of figures; with two digits, numbers stand in their order."""
    figure = FIGURES[wildcards.figure]
    regime = (
        regime_of(wildcards.figure, wildcards.variant) if figure.under_regimes else "-"
    )
    return {
        "figure": re.sub(r"\b(S?)(\d)$", r"\g<1>0\2", figure.number),
        "shows": figure.title,
        "regime": regime,
    }


def table_labels(wildcards):
    """A table in the list of tables."""
    return {
        "table": wildcards.table.removeprefix("table"),
        "shows": TABLES[wildcards.table],
    }


def landscape_labels(wildcards):
    """A dataset in the list of plots to look into."""
    from starnmf.figures.provenance import display_name

    return {
        "dataset": display_name(wildcards.dataset),
        "shows": "Curvature, lines and descents",
    }


def escaped(text):
    """Text as reStructuredText that shows it unchanged."""
    return re.sub(r"([\\*_`|])", r"\\\1", text)


def jobs_of(rule):
    """The jobs of a rule that belong to what is reported."""
    return [job for job in workflow.dag.jobs if job.rule.name == rule]


def ledger_summary():
    """The lines of the summary that a run ends with, its claims as items of lists."""
    if not jobs_of("judge_claims"):
        return ["**The ledger is not in this report.**"]
    import pandas as pd

    from starnmf.claims.ledger import summary

    ledger = pd.read_csv("results/claims.csv", keep_default_na=False)
    lines = summary(ledger).splitlines()
    return [
        f"* {escaped(line.strip())}" if line.startswith(" ") else f"**{escaped(line)}**"
        for line in lines
    ]


def data_origins(runs):
    """Where the data of factorizations come from, by their summaries."""
    from starnmf.report.origins import origins

    return escaped(origins(runs))


def data_origin_of_table(path):
    """Where the data of a table of results come from."""
    from starnmf.report.origins import origin_of_table

    return escaped(origin_of_table(path))


def data_origins_of_run():
    """Where the data come from that are reported on."""
    files = {file for job in workflow.dag.jobs for file in (*job.input, *job.output)}
    runs = sorted(
        file for file in files if re.fullmatch(r"results/factorization/.+\.csv", file)
    )
    networks = any(file.startswith("results/networks/") for file in files)
    found = [data_origins(runs)] * bool(runs)
    return "; ".join([*found, *[f"CIFAR-10: {source(IMAGES)}"] * networks]) or "none"


def how_made(path):
    """The runtime, command and inputs of a result, as Snakemake recorded them when it was made."""
    job, file = next(
        (job, file) for job in workflow.dag.jobs for file in job.output if file == path
    )
    record = workflow.persistence.metadata(file)
    if record is None:
        return "Snakemake has no record of how this file was made."
    before = [
        seconds(one.output[0])
        for one in workflow.dag.bfs(workflow.dag.dependencies, job)
        if one is not job
    ]
    after = (
        f", after {sum(before):.1f} s of the {len(before)} jobs that led to its inputs"
        if before
        else ""
    )
    inputs = ",\n    ".join(f"``{name}``" for name in sorted(record.input)) or "none"
    return f":Runtime: {seconds(file):.1f} s{after}\n:Inputs: {inputs}\n\nCommand::\n\n    {in_lines(record.shellcmd)}\n"


def in_lines(command):
    """A command as a literal block; in several lines, as a shell takes them, where docutils takes no line so long."""
    if len(command) < LONGEST_LINE:
        return command
    return command.replace(" results/", " \\\n    results/")


@lru_cache(maxsize=None)
def seconds(path):
    """How long the job ran that made a file, where that is on record."""
    record = workflow.persistence.metadata(path)
    return record.endtime - record.starttime if record else 0.0
