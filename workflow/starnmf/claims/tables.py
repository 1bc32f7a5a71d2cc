"""The ledger as a table."""

from starnmf.results.table import Table, number, text

LEDGER = Table(
    path="claims.csv",
    title="the ledger",
    summary="Of every claim, for each kind of data: what all findings say together, each regime, each finding.",
    key=("id", "data", "level", "regime", "dataset", "case"),
    columns=(
        text("id", "name of the claim, which begins with its section"),
        text("level", "`claim` (all findings on one kind of data), `regime` (those of one regime) or `finding`"),
        text(
            "stated_by",
            "`paper`, `companion`, `other` (work), `project` (this one) or `check` (of the pipeline against itself)",
        ),
        text("where", "place of the sentence that is judged"),
        text("statement", "what it says"),
        text("regime", "`literal`, `published` or `converged`; `all` where there are several"),
        text("dataset", "dataset; `all` where there are several"),
        text("case", "what else distinguishes a finding; `all` where there are several"),
        text("data", "`paper's`, `other`, `reduced` or `synthetic`; empty: random instances or printed numbers"),
        text("coverage", "on how many of the datasets that the claim is about; empty: it is about none"),
        text("metric", "what is measured"),
        text("criterion", "for which values it holds"),
        text("paper_value", "what the paper prints"),
        text("measured", "the number that was measured, or in how many findings the claim holds"),
        text("uncertainty", "its interval and how it was computed, or how many findings say what"),
        text("outcome", "`reproduced`, `contradicted`, `partly`, `regime-dependent` or `undecided`"),
        text("verdict", "the outcome; `synthetic`, `reduced` or `other data` where it says nothing of the paper"),
        number("limit", "the number in the criterion: its bound, or the distance from the middle of a range"),
        text("limit_reason", "why it is that number, where this project chose it"),
        number("holds_from", "the strictest limit with which all of it is reproduced", optional=True),
        number("fails_from", "with limits stricter than this one, a finding contradicts it", optional=True),
        text("reason", "what a reader must know beside the number"),
        text("evidence", "the files that it was measured on"),
    ),
)
