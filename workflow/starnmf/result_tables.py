"""Result tables as figures and tables read them: checked and joined."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from starnmf.errors import InputError
from starnmf.networks.protocol import scale_mark

NETWORK = ("network", "layers", "width", "shortcuts", "source", "data_sha256", "seed", "epochs", "training_images")
"""What every table about a network begins with."""

TEXT = (
    *("dataset", "regime", "source", "descent", "device", "kind", "factor", "matrix", "converged", "distribution"),
    *("network", "shortcuts", "learning_rate_drops", "nesterov", "initialization", "loss_function", "precision"),
    *("convex", "batch_norm", "data_sha256"),
    *("gradient", "instance", "reading", "quantity"),
    *("decoding", "start", "noise", "features", "pseudo_inverse", "condition", "law", "preprocessing"),
    *("activation", "spread", "condition_of", "axes", "sweep", "model", "constant", "equation"),
)

KEYS = {
    "matrices": ("dataset",),
    "runs": ("dataset", "regime", "rate", "restart"),
    "lines": ("dataset", "regime", "kind", "line", "lambda"),
    "curvature": ("dataset", "regime", "rate", "optimum", "point"),
    "trajectory": ("dataset", "regime", "repetition", "time"),
    "times": ("dataset", "regime", "restart", "point", "time"),
    "spectrum": ("dataset", "regime", "factor", "matrix", "repetition", "index"),
    "planted-lines": ("kind", "line", "lambda"),
    "surface": ("x", "y"),
    "profile": ("distribution", "kind", "lambda"),
    "training": ("network",),
    "lengths": ("network", "epoch", "direction"),
    "network-surface": ("network", "epoch", "x", "y"),
    "descent": ("gradient", "momentum", "learning_rate", "steps", "threshold"),
    "pairs": ("kind", "n", "r", "pair"),
    "starts": ("instance", "gradient", "gamma"),
    "convergence": ("n", "decoding", "threshold", "start", "trial", "iteration"),
    "floors": ("n", "noise", "strength", "samples", "pseudo_inverse", "trial"),
    "conditions": ("condition", "value", "law", "decoding", "threshold", "start", "preprocessing", "trial"),
    "inductive-orthogonal": ("activation", "d"),
    "inductive-first-row": ("kind", "d", "draw", "smallest_entry"),
    "inductive-conditioning": ("activation", "spread", "condition_of", "axes", "kappa", "draw"),
    "inductive-deviations": ("activation", "sweep", "size"),
    "inductive-convergence": ("activation", "trial", "step"),
    "inductive-phases": ("activation", "start", "users", "observed"),
    "inductive-cold-start": ("dataset", "split", "model"),
}
"""The columns that tell a row of each kind of table from every other."""

VALUES = {
    "matrices": ("kind", "n", "m", "rank", "density", "variance", "mean", "source", "reduction"),
    "runs": ("source", "data_sha256", "seed", "reduction", "descent", "device", "converged"),
    "lines": ("loss",),
    "curvature": ("alpha",),
    "trajectory": ("step", "paper_time", "cosine", "projected_cosine", "alpha"),
    "times": ("paper_time", "loss", "alpha"),
    "spectrum": ("singular_value",),
    "planted-lines": ("n", "m", "r", "loss"),
    "surface": ("p", "value"),
    "profile": ("n", "m", "r", "trials", "mean", "standard_error", "exact", "printed"),
    "training": (
        *NETWORK[1:],
        *("learning_rate", "learning_rate_drops", "momentum", "nesterov", "batch_size", "weight_decay"),
        *("initialization", "loss_function", "precision", "test_accuracy"),
    ),
    "lengths": (*NETWORK[1:], "length", "grid_left", "grid_right", "line_images", "batch_norm"),
    "network-surface": (*NETWORK[1:], "loss", "convex", "line_images", "batch_norm", "device"),
    "descent": ("starts", "share", "low", "high"),
    "pairs": ("ratio", "angle", "delta", "first_order_bound"),
    "starts": ("r", "delta", "minimum", "low", "median", "high", "maximum"),
    "convergence": ("step_size", "positive", "negative"),
    "floors": ("off_diagonal", "outside"),
    "conditions": ("error",),
    "inductive-orthogonal": ("rho", "smallest_eigenvalue", "multiple", "multiple_printed"),
    "inductive-first-row": ("fixed_eigenvalue",),
    "inductive-conditioning": ("smallest_eigenvalue", "bound"),
    "inductive-deviations": ("deviation",),
    "inductive-convergence": ("M_l", "M_u", "squared_distance"),
    "inductive-phases": ("trials", "recovered"),
    "inductive-cold-start": ("source", "reduction", "rmse"),
}
"""The other columns that figures and tables read."""


def read_tables(kind: str, paths: Sequence[Path]) -> pd.DataFrame:
    """Read CSV files of one kind (a key of `KEYS`) and join them, keeping the columns of `KEYS` and
    `VALUES`.

    No file makes an empty table. Raises `InputError` on a file that cannot be read, lacks a column,
    has text where numbers belong, or repeats a row.
    """
    if not paths:
        return pd.DataFrame(columns=[*KEYS[kind], *VALUES[kind]])
    table = pd.concat([_read(kind, path) for path in paths], ignore_index=True)
    repeated = table.duplicated(list(KEYS[kind]))
    if repeated.any():
        row = ", ".join(f"{key} {table[key][int(repeated.argmax())]}" for key in KEYS[kind])
        raise InputError(
            f"{', '.join(map(str, paths))}: {int(repeated.sum())} rows occur more than once, first {row}; "
            "expected every row once. Give every file once"
        )
    return table


def scale_marks(rows: pd.DataFrame) -> list[str]:
    """What must be said of the networks in `rows` that are not the paper's, each mark once."""
    cases = rows[["source", "epochs", "training_images"]].drop_duplicates().to_numpy()
    marks = [scale_mark(source, int(epochs), int(images)) for source, epochs, images in cases]
    return sorted({mark for mark in marks if mark})


def _read(kind: str, path: Path) -> pd.DataFrame:
    wanted = [*KEYS[kind], *VALUES[kind]]
    numbers = [column for column in wanted if column not in TEXT]
    try:
        # A dataset may be called 123 or null: names are text whatever they look like.
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys(TEXT, str),
            keep_default_na=False,
            na_values={column: ["", "nan", "NaN"] for column in numbers},
        )
    except (OSError, UnicodeDecodeError, pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error}); expected a table of kind {kind}") from error
    missing = [column for column in wanted if column not in table]
    if missing:
        raise InputError(
            f"{path}: no column {', '.join(missing)}; found {', '.join(map(str, table.columns))}; "
            f"expected a table of kind {kind} with {', '.join(wanted)}"
        )
    for column in numbers:
        if not pd.api.types.is_numeric_dtype(table[column]):
            at = int(pd.to_numeric(table[column], errors="coerce").isna().argmax())
            raise InputError(f"{path}, line {at + 2}: {column} is {table[column][at]!r}; expected a number")
    return table[wanted]
