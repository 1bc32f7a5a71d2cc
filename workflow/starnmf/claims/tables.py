"""The ledger as a table."""

from starnmf.results.table import Table, text

LEDGER = Table(
    path="claims.csv",
    title="the ledger",
    summary="One row for every claim, regime and dataset; of a claim with several rows, first one for all of them.",
    key=("id", "regime", "dataset"),
    columns=(
        text("id", "name of the claim"),
        text("where", "where in the paper it stands"),
        text("statement", "what it says"),
        text("regime", "`literal`, `published` or `converged`; another condition; `all` where there are several"),
        text("dataset", "dataset, or another case; `all` where there are several"),
        text("metric", "what is measured"),
        text("criterion", "for which values it holds"),
        text("paper_value", "what the paper prints"),
        text("measured", "the number that was measured, or how many cases were"),
        text("uncertainty", "its interval and how it was computed, or how many cases hold"),
        text("verdict", "`reproduced`, `contradicted`, `regime-dependent`, `undecided` or `not run`"),
        text("reason", "what a reader must know beside the number"),
        text("evidence", "the files that it was measured on"),
    ),
)
