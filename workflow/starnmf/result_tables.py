"""Every result table of the pipeline, from the stages that declare them."""

from pathlib import Path

from starnmf.claims.tables import LEDGER
from starnmf.companions.inductive import tables as inductive
from starnmf.companions.isometry import tables as isometry
from starnmf.companions.purification import tables as purification
from starnmf.datasets import tables as datasets
from starnmf.errors import InputError
from starnmf.factorization import tables as factorization
from starnmf.landscape import tables as landscape
from starnmf.networks import tables as networks
from starnmf.results.table import Table
from starnmf.tables import result_tables as tables
from starnmf.theory import tables as theory

RESULT_TABLES: tuple[Table, ...] = (
    *datasets.TABLES,
    *factorization.TABLES,
    *landscape.TABLES,
    *theory.TABLES,
    *networks.TABLES,
    *isometry.TABLES,
    *purification.TABLES,
    *inductive.TABLES,
    *tables.TABLES,
)
"""In the order of the stages; the ledger is made from them."""


def table_of(path: Path) -> Table:
    """The table that a file is by its path below `results`.

    Raises `InputError` when it is none.
    """
    for table in RESULT_TABLES:
        if table.matches(path):
            return table
    patterns = "; ".join(f"{table.title}: {table.pattern}" for table in RESULT_TABLES)
    raise InputError(f"{path}: is no result table by its path; expected one of {patterns}")


def described() -> str:
    """All tables with their columns, as the page docs/tables.md."""
    parts = [
        "# Columns of the result tables",
        "This page is written by `python -m starnmf.result_tables > docs/tables.md` from the declarations\n"
        "in the stages' `tables.py`, by which every table is written and read. Cells of optional columns\n"
        "may be empty.",
    ]
    for table in (*RESULT_TABLES, LEDGER):
        rows = [
            f"| `{column.name}` | {column.kind}{', optional' if column.optional else ''} | {column.unit} | "
            f"{column.meaning.replace('|', chr(92) + '|')} |"
            for column in table.columns
        ]
        keys = ", ".join(f"`{key}`" for key in table.key)
        parts += [
            f"## {table.name}",
            f"`{table.pattern}`\n\n{table.summary}\nKey: {keys}.",
            "\n".join(["| column | type | unit | meaning |", "|---|---|---|---|", *rows]),
        ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(described(), end="")
