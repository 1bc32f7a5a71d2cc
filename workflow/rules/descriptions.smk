"""Texts of the report on the run and on each result; the templates in workflow/report call these functions.

A template reaches them through `workflow.globals`, and the records of jobs through `workflow.persistence`. Neither is
documented by Snakemake, so tests/end_to_end/test_report.py tests both. Libraries that only the report needs are
imported inside functions, since every start of Snakemake, and on a cluster every job, reads this file.
"""

import re
from functools import lru_cache

LONGEST_LINE = 10_000

# The report sorts categories and labels as text.
LEDGER_CATEGORY, FIGURE_CATEGORY = "1. Claims ledger", "2. Figures"
TABLE_CATEGORY, MATRIX_CATEGORY, LANDSCAPE_CATEGORY = "3. Tables", "4. Datasets", "5. Interactive plots"


def figure_labels(wildcards):
    """Labels of a figure in the report; numbers have two digits, so that they sort in order."""
    figure = FIGURES[wildcards.figure]
    number = re.sub(r"\b(S?)(\d)$", r"\g<1>0\2", figure.number)
    return {"figure": number, "shows": figure.title, "regime": figure.regime_of(wildcards.variant) or "-"}


def dataset_labels(shows):
    """Labels of a dataset's page in the report, with what it shows."""

    def labels(wildcards):
        from starnmf.figures.provenance import display_name

        return {"dataset": display_name(wildcards.dataset), "shows": shows}

    return labels


def escaped(text):
    """Text as reStructuredText that shows it unchanged, in one line."""
    text = re.sub(r"([\\*_`|])", r"\\\1", " ".join(text.split()))
    return f"\\{text}" if text.startswith(("..", ":")) else text


def what_was_found():
    """The answers about the matrix of a run that has one alone, else the ledger's summary, as reStructuredText."""
    made = {job.rule.name for job in workflow.dag.jobs}
    if ALONE and "matrix_page" in made:
        page = Path(FOLDER, f"report/found/{DATASETS[0]}.md").read_text(encoding="utf-8")
        parts = [part for part in page.split("\n\n")[1:] if not part.startswith("|")]
        return "\n\n".join(re.sub("^## (.+)", r"**\1**", part).replace("`", "``") for part in parts)
    if "judge_claims" not in made:
        return "**The ledger is not in this report.**"
    from starnmf.claims.page import summary
    from starnmf.claims.tables import LEDGER

    # The summary names claims by their ids, which are links to nothing here.
    lines = summary(LEDGER.read([Path(FOLDER, "claims.csv")])).splitlines()
    items = {line: escaped(line.partition(": ")[2]) for line in lines if line.startswith(" ")}
    return "\n\n".join(f"* {items[line]}" if line in items else f"**{escaped(line)}**" for line in lines)


def rates_measured(files):
    """The rates below 1.0 and their subsamples, where the report has figures of them."""
    if not any(Path(file.path).name.startswith(("figure05", "figure11")) for file in files):
        return ""
    rates = ", ".join(f"{rate:g}" for rate in config["rates"])
    return f" and rate ({rates}), in {config['subsamples']} subsamples of each rate below 1.0"


# What the report opens with, of those figures that it has.
OPENING = [f"figure{name}.png" for name in ("15", "17-converged", "05-converged", "11-converged", "05", "11", "17")]


def opening_pictures(files):
    """Three figures as HTML within reStructuredText; docutils refuses long lines."""
    from base64 import b64encode
    from html import escape
    from textwrap import wrap

    paths = {Path(file.path).name: Path(file.path) for file in files}
    lines = []
    for name in [name for name in OPENING if name in paths][:3]:
        title = FIGURES[name.removesuffix(".png").removesuffix("-converged")].title
        lines += [f'<figure><img alt="{escape(title)}" src="data:image/png;base64,']
        lines += wrap(b64encode(paths[name].read_bytes()).decode(), LONGEST_LINE // 2)
        lines += ['"></figure>']
    return "\n".join([".. raw:: html", "", *(f"   {line}" for line in lines)]) if lines else ""


def claims_about(figure, regime):
    """The ledger's claims about a figure as list items, with their verdicts; where they stand if it is not made."""
    from starnmf.claims.page import about_figure
    from starnmf.claims.tables import LEDGER

    ledger = next((job.output.csv for job in workflow.dag.jobs if job.rule.name == "judge_claims"), None)
    if ledger is None:
        return ["The verdicts on the paper's figures are in the ledger, which is not in this report."]
    found = about_figure(LEDGER.read([Path(ledger)]), figure.number, regime)
    return ["In the ledger:", *(f"* {escaped(line)}" for line in found)] if found else []


def printed_source(dataset):
    """What texts call the source of a dataset in this run."""
    from starnmf.figures.provenance import PRINTED_SOURCES

    return PRINTED_SOURCES[source(dataset)]


def data_origins(runs):
    """Origins of the data of factorizations, from their summaries."""
    from starnmf.figures.provenance import origins

    return escaped(origins([Path(run) for run in runs]))


def data_origin_of_table(path):
    """Origin of the data of a result table."""
    from starnmf.figures.provenance import origin_of_table

    return escaped(origin_of_table(Path(path)))


def data_origins_of_run():
    """Origins of all data in the report."""
    files = {file for job in workflow.dag.jobs for file in (*job.input, *job.output)}
    runs = sorted(file for file in files if RUNS.matches(Path(file)))
    found = [data_origins(runs)] if runs else []
    if any(TRAININGS.matches(Path(file)) for file in files):
        found.append(f"{printed_source(IMAGES)}: CIFAR-10")
    return "; ".join(found) or "none"


def how_made(path):
    """Runtime, command and inputs of a result, as recorded by Snakemake."""
    job, file = next((job, file) for job in workflow.dag.jobs for file in job.output if file == path)
    record = workflow.persistence.metadata(file)
    if record is None:
        return "Snakemake has no record of how this file was made."
    before = [seconds(one.output[0]) for one in workflow.dag.bfs(workflow.dag.dependencies, job) if one is not job]
    after = f", after {sum(before):.1f} s of the {len(before)} jobs that led to its inputs" if before else ""
    inputs = ",\n    ".join(f"``{name}``" for name in sorted(record.input)) or "none"
    return (
        f":Runtime: {seconds(file):.1f} s{after}\n:Inputs: {inputs}\n\nCommand::\n\n    {in_lines(record.shellcmd)}\n"
    )


def in_lines(command):
    """A command, broken into several lines where docutils would refuse its length."""
    if len(command) < LONGEST_LINE:
        return command
    return command.replace(f" {FOLDER}/", f" \\\n    {FOLDER}/")


@lru_cache(maxsize=None)
def seconds(path):
    """Seconds that the job of a file ran; 0 without a record."""
    record = workflow.persistence.metadata(path)
    return record.endtime - record.starttime if record else 0.0
