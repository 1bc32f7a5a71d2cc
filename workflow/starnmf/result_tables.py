"""All result tables of the pipeline, which the stages declare."""

from pathlib import Path

from starnmf.companions.inductive import tables as inductive
from starnmf.companions.isometry import tables as isometry
from starnmf.companions.purification import tables as purification
from starnmf.datasets import tables as datasets
from starnmf.errors import InputError
from starnmf.factorization import tables as factorization
from starnmf.landscape import tables as landscape
from starnmf.networks import tables as networks
from starnmf.optima import tables as optima
from starnmf.rank_choice import tables as rank_choice
from starnmf.results.table import Table
from starnmf.tables import result_tables as tables
from starnmf.theory import tables as theory

STAGES = (
    datasets,
    factorization,
    landscape,
    optima,
    rank_choice,
    theory,
    networks,
    isometry,
    purification,
    inductive,
    tables,
)
RESULT_TABLES: tuple[Table, ...] = tuple(table for stage in STAGES for table in stage.TABLES)
"""All tables in the order of the stages, without the ledger that is computed from them."""


def table_of(path: Path) -> Table:
    """The declaration of the table with a path; an `InputError` where there is none."""
    for table in RESULT_TABLES:
        if table.matches(path):
            return table
    patterns = "; ".join(f"{table.title}: {table.path}" for table in RESULT_TABLES)
    raise InputError(f"{path}: is no result table by its path; expected one of {patterns}")
