"""From result files to the ledger: of every claim, what each finding says and what all of them say together.

How verdicts come about is said once, in `claims.page.RULE`, which the page of the ledger shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from starnmf.choices import Regime
from starnmf.claims import (
    beyond,
    datasets,
    descents,
    factorization,
    inductive,
    inductive_samples,
    isometry,
    landscape,
    networks,
    printed_tables,
    purification,
    purification_statements,
    ranks,
    spectra,
    theory,
)
from starnmf.claims.claim import Claim, Finding, StatedBy, Verdict
from starnmf.claims.data import Data, least_telling
from starnmf.claims.page import as_markdown
from starnmf.claims.results import Results, read_results
from starnmf.claims.tables import LEDGER
from starnmf.results.atomic import write_atomically

CLAIMS: tuple[Claim, ...] = (
    *theory.CLAIMS,
    *datasets.CLAIMS,
    *factorization.CLAIMS,
    *landscape.CLAIMS,
    *descents.CLAIMS,
    *ranks.CLAIMS,
    *spectra.CLAIMS,
    *printed_tables.CLAIMS,
    *networks.CLAIMS,
    *isometry.CLAIMS,
    *purification_statements.CLAIMS,
    *purification.CLAIMS,
    *inductive.CLAIMS,
    *inductive_samples.CLAIMS,
    *beyond.CLAIMS,
)
"""Every claim, in the order of the ledger."""

KINDS: tuple[tuple[tuple[Data, ...], Verdict | None], ...] = (
    ((Data.NONE, Data.PAPER), None),
    ((Data.REDUCED,), Verdict.REDUCED),
    ((Data.SYNTHETIC,), Verdict.SYNTHETIC),
    ((Data.OTHER,), Verdict.OTHER_DATA),
)
"""Kinds of data that are judged together, in the order of the rows of a claim, and the verdict in place of the outcome
where they are not the paper's."""


def write_ledger(files: Sequence[Path], csv: Path, markdown: Path, measured_only: bool = False) -> None:
    """Judge every claim by the result files of a run; write the ledger as CSV and as a page to read.

    With `measured_only` it leaves out claims and datasets that the run has not measured. Raises `InputError` on a file
    that is no result of the pipeline (`read_results`), and where nothing says where the data of a dataset come from.
    """
    ledger = judge_claims(read_results(files))
    if measured_only:
        ledger = ledger[ledger["verdict"] != Verdict.NOT_RUN]
    LEDGER.write(ledger, csv)
    write_atomically(markdown, as_markdown(ledger))


def judge_claims(results: Results, claims: Sequence[Claim] = CLAIMS) -> pd.DataFrame:
    """The table `LEDGER`: of every claim first what all findings say together, then each of them."""
    rows = [row for claim in claims for row in _rows(claim, results)]
    return pd.DataFrame(rows, columns=LEDGER.names)


@dataclass(frozen=True)
class _Judged:
    """A finding, the data behind it and what it says."""

    finding: Finding
    data: Data
    outcome: Verdict


def _rows(claim: Claim, results: Results) -> Iterator[dict[str, object]]:
    table = claim.measure.table
    # A check of the pipeline says as much on synthetic data as on others.
    kinds_judged = (((*Data,), None),) if claim.stated_by is StatedBy.CHECK else KINDS
    parts = results.parts(table, [kinds for kinds, _ in kinds_judged]) if table in results.tables else []
    findings = [finding for part in parts for finding in claim.measure.findings(part)]
    if not findings:
        reason = claim.if_nothing if table in results.tables else f"not in this run: {table.title}"
        yield _row(claim) | {"level": "claim", "verdict": Verdict.NOT_RUN, "reason": reason}
        return
    judged = [_Judged(one, results.data_behind(one), claim.criterion.judge(one.measurement)) for one in findings]
    for kinds, instead in kinds_judged:
        of_kind = [one for one in judged if one.data in kinds]
        if of_kind:
            for row in _of_one_kind(claim, of_kind, results):
                yield row | {"verdict": instead or row["outcome"]}
    measured = {finding.dataset for finding in findings}
    for dataset in claim.datasets:
        if dataset not in measured:
            reason = claim.if_nothing if dataset in results.datasets else "the dataset is not in this run"
            yield _row(claim) | {
                "level": "finding",
                "dataset": dataset,
                "data": Data.PAPER,
                "verdict": Verdict.NOT_RUN,
                "reason": reason,
            }


def _of_one_kind(claim: Claim, judged: Sequence[_Judged], results: Results) -> Iterator[dict[str, object]]:
    """The rows of findings on one kind of data: all together, each regime where there are several, each finding."""
    if len(judged) > 1:
        by_regime = {
            regime: [one for one in judged if one.finding.regime == regime]
            for regime in ("", *Regime)
            if any(one.finding.regime == regime for one in judged)
        }
        outcomes = {regime: together(of_regime) for regime, of_regime in by_regime.items()}
        several = len(by_regime) > 1
        yield _joint_row(claim, judged) | {
            "level": "claim",
            "regime": "all" if several else next(iter(by_regime)),
            "outcome": over_regimes(list(outcomes.values())),
            "reason": "; ".join(f"{regime}: {outcomes[regime]}" for regime in by_regime if several),
        }
        for regime, of_regime in by_regime.items():
            if several:
                yield _joint_row(claim, of_regime) | {
                    "level": "regime",
                    "regime": regime,
                    "outcome": outcomes[regime],
                }
    for one in judged:
        finding = one.finding
        yield _row(claim, [one]) | {
            "level": "finding" if len(judged) > 1 else "claim",
            "regime": finding.regime,
            "dataset": finding.dataset,
            "case": finding.case,
            "measured": f"{finding.measurement.value:.4g}",
            "uncertainty": finding.measurement.interval,
            "outcome": one.outcome,
            "reason": finding.reason or results.remarks.get((finding.dataset, finding.regime), ""),
        }


def together(judged: Sequence[_Judged]) -> Verdict:
    """What findings of one regime say together, see `claims.page.RULE`."""
    outcomes = {one.outcome for one in judged}
    if Verdict.CONTRADICTED in outcomes:
        counted = any(one.data is not Data.NONE for one in judged)
        return Verdict.PARTLY if counted and Verdict.REPRODUCED in outcomes else Verdict.CONTRADICTED
    return Verdict.UNDECIDED if Verdict.UNDECIDED in outcomes else Verdict.REPRODUCED


def over_regimes(outcomes: Sequence[Verdict]) -> Verdict:
    """What all regimes say together."""
    if len(set(outcomes)) == 1:
        return outcomes[0]
    return Verdict.UNDECIDED if Verdict.UNDECIDED in outcomes else Verdict.REGIME_DEPENDENT


def _row(claim: Claim, judged: Sequence[_Judged] = ()) -> dict[str, object]:
    """The columns that say what the claim is, which data it is judged on, and where its verdict changes."""
    measured = {one.finding.dataset for one in judged} & set(claim.datasets)
    flips = claim.criterion.flips([one.finding.measurement for one in judged]) if judged else (None, None)
    return dict.fromkeys(LEDGER.names, "") | {
        "id": claim.id,
        "stated_by": claim.stated_by,
        "where": claim.where,
        "statement": claim.statement,
        "data": least_telling(one.data for one in judged) if judged else Data.NONE,
        "coverage": f"{len(measured)} of {len(claim.datasets)}" if claim.datasets else "",
        "metric": claim.metric,
        "criterion": claim.criterion.words,
        "paper_value": claim.paper_value,
        "limit": claim.criterion.limit,
        "limit_reason": claim.limit_reason,
        "holds_from": flips[0],
        "fails_from": flips[1],
        "evidence": " ".join(dict.fromkeys(file for one in judged for file in one.finding.evidence)),
    }


def _joint_row(claim: Claim, judged: Sequence[_Judged]) -> dict[str, object]:
    """The row of several findings: in how many of them the claim holds."""
    outcomes = [one.outcome for one in judged]
    counts = [(outcomes.count(verdict), verdict) for verdict in Verdict if verdict in outcomes]
    datasets = {one.finding.dataset for one in judged}
    return _row(claim, judged) | {
        "dataset": "all" if len(datasets) > 1 else datasets.pop(),
        "case": "all" if any(one.finding.case for one in judged) else "",
        "measured": f"{outcomes.count(Verdict.REPRODUCED)} of {len(outcomes)}",
        "uncertainty": ", ".join(f"{count} {verdict}" for count, verdict in counts),
    }
