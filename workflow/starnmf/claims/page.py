"""The ledger as a page to read, and as lines for the terminal."""

import re
from collections.abc import Hashable
from typing import Any

import pandas as pd

from starnmf.claims.claim import StatedBy, Verdict
from starnmf.claims.data import Data
from starnmf.markdown import markdown_table, paragraph

SECTIONS = {
    "theory": "Theory",
    "nmf": "NMF on datasets",
    "printed": "The paper's printed tables",
    "networks": "Networks",
    "isometry": "Companion: spurious local minima under restricted isometry",
    "purification": "Companion: recovery by alternating updates",
    "inductive": "Companion: non-linear inductive matrix completion",
    "beyond": "Beyond the paper: what the optima are to each other, and spurious minima",
}
"""Titles of the sections, by the beginning of the claims' ids."""

NOT_JUDGED = (Verdict.REDUCED, Verdict.SYNTHETIC, Verdict.OTHER_DATA, Verdict.NOT_RUN)

_OUTCOMES = (Verdict.REPRODUCED, Verdict.CONTRADICTED, Verdict.UNDECIDED)

WHOSE = {
    StatedBy.PAPER: "the paper",
    StatedBy.COMPANION: "its companions",
    StatedBy.OTHER: "other works",
    StatedBy.PROJECT: "this project",
    StatedBy.CHECK: "checks of the pipeline against itself",
}

MEANING = {
    Verdict.REPRODUCED: "holds",
    Verdict.CONTRADICTED: "does not hold",
    Verdict.PARTLY: "holds for some datasets or networks, not for others",
    Verdict.REGIME_DEPENDENT: "differs between regimes",
    Verdict.UNDECIDED: "the measurement does not decide it",
    Verdict.REDUCED: "not judged: measured on reduced networks",
    Verdict.SYNTHETIC: "not judged: measured on synthetic data",
    Verdict.OTHER_DATA: "not judged: measured on other real data than the paper's",
    Verdict.NOT_RUN: "not judged: not measured in this run",
}

RULE = """\
A claim about random instances, exact quantities or printed numbers is reproduced when every finding reproduces it, and
contradicted when one finding contradicts it. A claim about datasets or networks is counted over them: it is reproduced
when all reproduce it, contradicted when some contradict it and none reproduces it, and `partly` reproduced when some do
and others do not. A finding is reproduced when its whole interval meets the criterion, contradicted when all of the
interval misses it, and otherwise undecided. Each regime has its own verdict; where they differ the claim is
`regime-dependent`, or undecided if one of them is. What was measured on synthetic data, on reduced networks or on other
data than the paper's is in no total, nor part of what is said of the paper's datasets together; what it would say
stands beside it as the outcome. A claim about all segments or iterates is judged on those that were measured: the
interval of their share, which stands beside the number, says how many others could be different. The ends of
restarts that have not converged decide nothing under `converged`.
"""

SHOWN = ["regime", "dataset", "case", "data", "measured", "uncertainty", "outcome", "reason"]
"""The columns that the page shows of every finding."""


def summary(ledger: pd.DataFrame) -> str:
    """The verdicts on the paper's claims, those that do not simply hold, and the counts of all others."""
    heads = claims_of(ledger)
    lines = []
    for stated_by, name in WHOSE.items():
        of_one = heads[heads["stated_by"] == stated_by]
        if not of_one.empty:
            claims = "claim" if len(of_one) == 1 else "claims"
            lines.append(f"{name.capitalize()}: {len(of_one)} {claims}, {_counts(of_one['verdict'])}.")
    paper = heads[heads["stated_by"] == StatedBy.PAPER]
    for verdict in (Verdict.CONTRADICTED, Verdict.PARTLY, Verdict.REGIME_DEPENDENT, Verdict.UNDECIDED):
        of_verdict = paper[paper["verdict"] == verdict]
        if not of_verdict.empty:
            lines.append(f"Of the paper's claims, {verdict}:")
            lines += [f"  {row['id']}: {row['statement']}" for _, row in of_verdict.iterrows()]
    not_judged = [(verdict, int((paper["verdict"] == verdict).sum())) for verdict in NOT_JUDGED]
    listed = "; ".join(f"{count}: {MEANING[verdict].partition(': ')[2]}" for verdict, count in not_judged if count)
    if listed:
        lines.append(f"Of the paper's claims, not judged: {listed}.")
    return "\n".join(lines)


def about_figure(ledger: pd.DataFrame, number: str, regime: str = "") -> list[str]:
    """The claims about a figure with their verdicts, and the outcome under `regime` where the verdict is on several."""
    heads = claims_of(ledger)
    lines = []
    for _, head in heads[heads["where"].str.contains(rf"\bFigure {re.escape(number)}\b")].iterrows():
        alike = (ledger["id"] == head["id"]) & (ledger["level"] == "regime") & (ledger["regime"] == regime)
        under = [
            f"; under {regime}, on {'the ' if row['data'] == Data.PAPER else ''}{row['data']} data: {row['outcome']}"
            for _, row in ledger[alike].iterrows()
        ]
        verdict = f"{head['verdict']} ({MEANING[Verdict(head['verdict'])]})"
        lines.append(f"{head['statement']} ({head['where']}): {verdict}{''.join(under)}")
    return lines


def section_of(ledger: pd.DataFrame, section: str) -> pd.DataFrame:
    """The rows of one of `SECTIONS`."""
    return ledger[ledger["id"].str.startswith(f"{section}-")]


def claims_of(ledger: pd.DataFrame) -> pd.DataFrame:
    """The first row of every claim, which has its verdict."""
    return ledger.drop_duplicates("id")


def as_markdown(ledger: pd.DataFrame) -> str:
    """The ledger as a page: an answer for the paper first, then every claim with its findings."""
    parts = ["# Claims ledger", "", overview(ledger)]
    for section, title in SECTIONS.items():
        of_section = section_of(ledger, section)
        if not of_section.empty:
            parts += ["", f"## {title}", "", _contents(of_section), ""]
        for _, rows in of_section.groupby("id", sort=False):
            parts += [entry(rows), ""]
    return "\n".join(parts).rstrip() + "\n"


def overview(ledger: pd.DataFrame) -> str:
    """Which of the paper's claims hold, which do not and which could not be tried; then all others, in Markdown."""
    heads = claims_of(ledger)
    paper = heads[heads["stated_by"] == StatedBy.PAPER]
    judged = int((~paper["verdict"].isin(NOT_JUDGED)).sum())
    counts = [
        [f"**{verdict}**", MEANING[verdict], count]
        for verdict in Verdict
        if (count := int((paper["verdict"] == verdict).sum()))
    ]
    parts = [
        paragraph(
            f"Of the paper's {len(paper)} claims {judged} could be judged: on random instances, on printed numbers, or "
            "on the paper's own data and networks."
        ),
        "",
        markdown_table(["verdict", "", "claims"], counts),
    ]
    verdicts = heads["verdict"]
    others = [f"{name}: {_counts(verdicts[heads['stated_by'] == by]) or 'none'}" for by, name in WHOSE.items()][1:]
    parts += ["", paragraph("Claims of others, in no total above: " + "; ".join(others) + ".")]
    not_holding = paper[paper["verdict"] != Verdict.REPRODUCED].sort_values("verdict", key=_order, kind="stable")
    if not not_holding.empty:
        parts += ["", "## The paper's claims that were not reproduced", "", _contents(not_holding)]
    on_others = ledger[(ledger["data"] == Data.OTHER) & (ledger["level"] != "regime")]
    if not on_others.empty:
        parts += ["", "## Other real data", "", _other_data(on_others)]
    chosen = ledger[ledger["id"].isin(heads.loc[heads["limit_reason"] != "", "id"])]
    parts += ["", "## How verdicts come about", "", paragraph(RULE), "", _limits(chosen)]
    return "\n".join(parts)


def _order(verdicts: pd.Series) -> pd.Series:
    """The places of verdicts in `Verdict`."""
    return verdicts.map(list(Verdict).index)


def _judged(head: dict[Hashable, Any]) -> str:
    """The verdict on a claim, with those of regimes that differ, and on how many datasets it was measured."""
    remarks = [head["measured"]] if head["verdict"] == Verdict.PARTLY else []
    remarks += [head["reason"]] if head["verdict"] == Verdict.REGIME_DEPENDENT else []
    remarks += [f"{head['coverage']} datasets"] if head["coverage"] and head["verdict"] not in NOT_JUDGED else []
    return f"{head['verdict']} ({'; '.join(remarks)})" if remarks else str(head["verdict"])


def _counts(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if verdict in counts)


def _other_data(rows: pd.DataFrame) -> str:
    """What other real data say of every claim, by dataset."""
    findings = rows[(rows["dataset"] != "all") & rows["outcome"].isin(_OUTCOMES)]
    cells = [
        [f"`{claim}`", of_claim["statement"].iloc[0], *(_outcomes(of_claim, outcome) for outcome in _OUTCOMES)]
        for claim, of_claim in findings.groupby("id", sort=False)
    ]
    return markdown_table(["claim", "", *_OUTCOMES], cells)


def _outcomes(rows: pd.DataFrame, outcome: Verdict) -> str:
    """The datasets, and regimes, of findings with an outcome."""
    found = rows[rows["outcome"] == outcome]
    names = [" ".join(filter(None, parts)) for parts in found[["dataset", "regime", "case"]].itertuples(index=False)]
    return ", ".join(dict.fromkeys(names))


def _limits(rows: pd.DataFrame) -> str:
    """The limits that this project chose, why, and from which limit on each verdict would be another."""
    heads = rows[rows["level"] == "claim"]
    cells = [
        [
            f"`{row['id']}`",
            row["criterion"],
            row["limit_reason"],
            *(f"{row[name]:.4g}" if pd.notna(row[name]) else "" for name in ("holds_from", "fails_from")),
            row["verdict"] if row["verdict"] == row["outcome"] else f"{row['verdict']}: {row['outcome']}".rstrip(": "),
        ]
        for _, row in heads.iterrows()
    ]
    flips = ["would hold with the limit", "would be contradicted with the limit"]
    header = ["claim", "holds when", "why this limit", *flips, "verdict"]
    return "Limits that no statement gives and this project chose:\n\n" + markdown_table(header, cells)


def _contents(rows: pd.DataFrame) -> str:
    """Claims, one row each."""
    cells = [
        [_judged(head), head["statement"], head["stated_by"], head["where"], f"`{head['id']}`"]
        for head in claims_of(rows).to_dict("records")
    ]
    return markdown_table(["verdict", "claim", "of", "where", ""], cells)


def entry(rows: pd.DataFrame) -> str:
    """One claim in Markdown: its statement and verdict, and a table of what was measured."""
    head = rows.iloc[0]
    paper = f" The paper: {head['paper_value']}." if head["paper_value"] else ""
    whose = {StatedBy.PROJECT: "stated by this project", StatedBy.CHECK: "a check of the pipeline against itself"}
    place = whose.get(head["stated_by"], head["where"])
    lines = [
        f"### {head['statement']}: **{head['verdict']}**",
        "",
        paragraph(f"`{head['id']}`, {place}. Measured: {head['metric']}; holds when {head['criterion']}.{paper}"),
        "",
    ]
    if (rows["verdict"] == Verdict.NOT_RUN).all():
        return "\n".join([*lines, paragraph(f"Not run: {'; '.join(rows['reason'].drop_duplicates())}.")])
    shown = rows.loc[rows["verdict"] != Verdict.NOT_RUN, SHOWN]
    lines.append(
        markdown_table(["regime", "dataset", "case", "data", "measured", "how", "outcome", "remarks"], shown.to_numpy())
    )
    absent = rows.loc[rows["verdict"] == Verdict.NOT_RUN, "dataset"]
    if not absent.empty:
        lines += ["", paragraph(f"Not run: {', '.join(absent)}.")]
    return "\n".join(lines)
