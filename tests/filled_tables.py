"""Result tables of which a test says only the columns that matter to it."""

import pandas as pd

FILLING = {"text": "", "integer": 0, "number": 0.0, "boolean": False}


def write_filled(table, rows, path):
    """Write rows as a result table; columns that they lack are filled with zeros and empty text."""
    rows = pd.DataFrame(rows)
    missing = {column.name: FILLING[column.kind] for column in table.columns if column.name not in rows}
    table.write(rows.assign(**missing)[table.names], path)
