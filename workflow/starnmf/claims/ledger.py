"""From result files to the ledger: one row for each claim, regime and dataset, and what all of them say together."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from starnmf.claims import (
    datasets,
    factorization,
    inductive,
    isometry,
    landscape,
    networks,
    printed_tables,
    purification,
    purification_statements,
    theory,
)
from starnmf.claims.claim import Claim, Finding, Verdict
from starnmf.claims.results import Results, read_results
from starnmf.claims.tables import LEDGER
from starnmf.results.atomic import atomic_write

CLAIMS: tuple[Claim, ...] = (
    *theory.CLAIMS,
    *datasets.CLAIMS,
    *factorization.CLAIMS,
    *landscape.CLAIMS,
    *printed_tables.CLAIMS,
    *networks.CLAIMS,
    *isometry.CLAIMS,
    *purification_statements.CLAIMS,
    *purification.CLAIMS,
    *inductive.CLAIMS,
)
"""Every claim, in the order of the ledger."""

SECTIONS = {
    "theory": "Theory",
    "nmf": "NMF on datasets",
    "printed": "The paper's printed tables",
    "networks": "Networks",
    "isometry": "Companion: spurious local minima under restricted isometry",
    "purification": "Companion: recovery by alternating updates",
    "inductive": "Companion: non-linear inductive matrix completion",
}

SHOWN = ["regime", "dataset", "measured", "uncertainty", "verdict", "reason"]
"""The columns that the page shows of every row."""


def write_ledger(files: Sequence[Path], csv: Path, markdown: Path) -> None:
    """Judge every claim by the result files of a run; write the ledger as CSV and as a page to read.

    Raises `InputError` on a file that is no result of the pipeline (`read_results`).
    """
    ledger = judge_claims(read_results(files))
    LEDGER.write(ledger, csv)
    with atomic_write(markdown) as temporary:
        temporary.write_text(as_markdown(ledger), encoding="utf-8")


def judge_claims(results: Results, claims: Sequence[Claim] = CLAIMS) -> pd.DataFrame:
    """The table `LEDGER`: rows of every claim; with several regimes or datasets, first one for them together."""
    rows = [row for claim in claims for row in _rows(claim, results)]
    return pd.DataFrame(rows, columns=LEDGER.names)


def summary(ledger: pd.DataFrame) -> str:
    """Counts of verdicts over the claims, and the claims that do not hold."""
    heads = ledger.drop_duplicates("id")
    counts = heads["verdict"].value_counts()
    lines = [f"Ledger of {len(heads)} claims: " + ", ".join(f"{counts[v]} {v}" for v in Verdict if v in counts) + "."]
    for verdict in (Verdict.CONTRADICTED, Verdict.REGIME_DEPENDENT, Verdict.UNDECIDED):
        of_verdict = heads[heads["verdict"] == verdict]
        if not of_verdict.empty:
            lines.append(f"{verdict}:")
            lines += [f"  {row['id']}: {row['statement']}" for _, row in of_verdict.iterrows()]
    return "\n".join(lines)


def as_markdown(ledger: pd.DataFrame) -> str:
    """The ledger as a page: the verdicts first, then every claim with its rows."""
    parts = ["# Claims ledger", "", _verdicts_by_section(ledger)]
    for section, title in SECTIONS.items():
        of_section = ledger[ledger["id"].str.startswith(f"{section}-")]
        parts += ["", f"## {title}", "", _contents(of_section), ""]
        for _, rows in of_section.groupby("id", sort=False):
            parts += [_entry(rows), ""]
    return "\n".join(parts).rstrip() + "\n"


def _verdicts_by_section(ledger: pd.DataFrame) -> str:
    """Verdicts by section, as a table."""
    heads = ledger.drop_duplicates("id")
    rows = []
    for section, title in SECTIONS.items():
        verdicts = list(heads.loc[heads["id"].str.startswith(f"{section}-"), "verdict"])
        rows.append([title, *(verdicts.count(verdict) for verdict in Verdict)])
    return _table(["", *Verdict], rows)


def _contents(rows: pd.DataFrame) -> str:
    """The claims of a section, one row each."""
    heads = rows.drop_duplicates("id")
    cells = heads[["verdict", "statement", "where"]].assign(id="`" + heads["id"] + "`")
    return _table(["verdict", "claim", "where", ""], cells.to_numpy())


def _entry(rows: pd.DataFrame) -> str:
    """One claim: its statement and verdict, and a table of what was measured."""
    head = rows.iloc[0]
    paper = f" The paper: {head['paper_value']}." if head["paper_value"] else ""
    lines = [
        f"### {head['statement']}: **{head['verdict']}**",
        "",
        f"`{head['id']}`, {head['where']}. Measured: {head['metric']}; holds when {head['criterion']}.{paper}",
        "",
    ]
    if (rows["verdict"] == Verdict.NOT_RUN).all():
        return "\n".join([*lines, f"Not run: {'; '.join(rows['reason'].drop_duplicates())}."])
    shown = rows.loc[rows["verdict"] != Verdict.NOT_RUN, SHOWN]
    lines.append(_table(["regime", "dataset", "measured", "", "verdict", "remarks"], shown.to_numpy()))
    absent = rows.loc[rows["verdict"] == Verdict.NOT_RUN, "dataset"]
    if not absent.empty:
        lines += ["", f"Not run: {', '.join(absent)}."]
    return "\n".join(lines)


def _table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    cells = ((str(cell).replace("|", r"\|") for cell in row) for row in rows)
    lines = [f"| {' | '.join(row)} |" for row in (header, *cells)]
    return "\n".join([lines[0], "|" + "---|" * len(header), *lines[1:]])


def _rows(claim: Claim, results: Results) -> Iterator[dict[str, str]]:
    table = claim.measure.table
    findings = list(claim.measure.findings(results[table])) if results.has(table) else []
    if not findings:
        reason = claim.if_nothing if results.has(table) else f"not in this run: {table.title}"
        yield _row(claim) | {"verdict": Verdict.NOT_RUN, "reason": reason}
        return
    judged = [(finding, claim.criterion.judge(finding.measurement)) for finding in findings]
    if len(judged) > 1:
        yield _together(claim, judged)
    for finding, verdict in judged:
        reason = finding.reason or results.remark(finding.dataset, finding.regime)
        yield _row(claim, finding) | {"verdict": verdict, "reason": reason}
    measured = {finding.dataset for finding in findings}
    for dataset in claim.datasets:
        if dataset not in measured:
            reason = claim.if_nothing if dataset in results.datasets() else "the dataset is not in this run"
            yield _row(claim) | {"dataset": dataset, "verdict": Verdict.NOT_RUN, "reason": reason}


def _row(claim: Claim, finding: Finding | None = None) -> dict[str, str]:
    row = dict.fromkeys(LEDGER.names, "") | {
        "id": claim.id,
        "where": claim.where,
        "statement": claim.statement,
        "metric": claim.metric,
        "criterion": claim.criterion.words,
        "paper_value": claim.paper_value,
    }
    if finding is None:
        return row
    return row | {
        "regime": finding.regime,
        "dataset": finding.dataset,
        "measured": f"{finding.measurement.value:.4g}",
        "uncertainty": finding.measurement.interval,
        "evidence": " ".join(finding.evidence),
    }


def _together(claim: Claim, judged: Sequence[tuple[Finding, Verdict]]) -> dict[str, str]:
    """What all rows of a claim say: by regime first, then over the regimes."""
    by_regime = {
        regime: _worst([verdict for finding, verdict in judged if finding.regime == regime])
        for regime in sorted({finding.regime for finding, _ in judged})
    }
    verdicts = set(by_regime.values())
    both = {Verdict.REPRODUCED, Verdict.CONTRADICTED} <= verdicts
    verdict = Verdict.REGIME_DEPENDENT if both else _worst(list(verdicts))
    counts = [sum(one == verdict for _, one in judged) for verdict in Verdict]
    listed = ", ".join(f"{count} {name}" for count, name in zip(counts, Verdict, strict=True) if count)
    per_regime = "; ".join(f"{regime}: {found}" for regime, found in by_regime.items() if regime)
    evidence = dict.fromkeys(file for finding, _ in judged for file in finding.evidence)
    return _row(claim) | {
        "regime": "all" if len(by_regime) > 1 else next(iter(by_regime)),
        "dataset": "all",
        "verdict": verdict,
        "measured": f"{len(judged)} cases",
        "uncertainty": listed,
        "reason": per_regime if len(by_regime) > 1 else "",
        "evidence": " ".join(evidence),
    }


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """A claim about several cases holds when it holds in all, and fails when it fails in any."""
    for verdict in (Verdict.CONTRADICTED, Verdict.UNDECIDED):
        if verdict in verdicts:
            return verdict
    return Verdict.REPRODUCED
