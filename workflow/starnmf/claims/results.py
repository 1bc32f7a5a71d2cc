"""The result files of a run as the ledger reads them: each told by its columns, nothing by its
path.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd

from starnmf.errors import InputError
from starnmf.figures.provenance import DESCENTS, Provenance, provenance_of
from starnmf.result_tables import NETWORK, TEXT


class Kind(StrEnum):
    """What a result file holds."""

    MATRICES = "dataset matrices"
    RUNS = "factorization summaries"
    CURVATURE = "curvature tables"
    SCALES = "scale tables"
    LINES = "line tables"
    TRAJECTORIES = "trajectory tables"
    TIMES = "curvature along the flow"
    STEPS = "the flow beside discrete steps"
    SPECTRA = "spectrum tables"
    PLANTED_LINES = "lines of the planted model"
    SURFACE = "the surface of Figure 2"
    CONVEXITY = "the convexity sweep"
    FACTS = "the table of facts"
    COUNTING = "the counting table"
    CONCENTRATION = "the concentration table"
    IDENTITIES = "the table of identities"
    PROFILE = "the profile of the mean curvature"
    TRAININGS = "trainings of networks"
    LENGTHS = "convexity lengths of networks"
    NETWORK_SURFACES = "loss surfaces of networks"
    LENGTH_TABLES = "tables of convexity lengths"
    COUNTEREXAMPLE = "the counterexample of the slides"
    DESCENT = "descents on the counterexample"
    PAIRS = "smallest deltas of pairs"
    STARTS = "descents from starts near a local minimum"
    PURIFICATION_STATEMENTS = "statements on alternating updates"
    PURIFICATION_CONVERGENCE = "positions along alternating updates"
    PURIFICATION_CONDITIONS = "alternating updates beyond their conditions"
    PURIFICATION_FLOORS = "errors that noise and samples leave"
    INDUCTIVE_CONSTANTS = "moments of activation functions"
    INDUCTIVE_IDENTITIES = "equations of inductive matrix completion"
    INDUCTIVE_ORTHOGONAL = "eigenvalues at unitary weights"
    INDUCTIVE_FIRST_ROW = "eigenvalues with a fixed row"
    INDUCTIVE_CONDITIONING = "eigenvalues over condition numbers"
    INDUCTIVE_DEVIATIONS = "deviations of a sample's Hessian"
    INDUCTIVE_CONVERGENCE = "descents with fresh samples"
    INDUCTIVE_PHASES = "phase diagrams of recovery"
    INDUCTIVE_COLD_START = "errors on unseen users"


COLUMNS = {
    Kind.MATRICES: {"dataset", "n", "m", "rank", "density", "variance", "mean", "source", "reduction"},
    Kind.RUNS: {
        "dataset",
        "regime",
        "rate",
        "restart",
        "loss",
        "converged",
        "source",
        "reduction",
        "start_mean",
        "descent",
        "mean",
    },
    Kind.CURVATURE: {"dataset", "regime", "rate", "optimum", "point", "alpha", "chord_violation"},
    Kind.SCALES: {"dataset", "regime", "scale", "optimum", "point", "alpha", "chord_violation"},
    Kind.LINES: {"dataset", "regime", "kind", "line", "lambda", "loss"},
    Kind.TRAJECTORIES: {
        "dataset",
        "regime",
        "repetition",
        "time",
        "cosine",
        "projected_cosine",
        "alpha",
        "chord_violation",
    },
    Kind.TIMES: {"dataset", "regime", "restart", "point", "time", "loss", "alpha", "chord_violation"},
    Kind.STEPS: {"dataset", "regime", "steps", "gradients", "U_distance", "V_distance", "loss", "alpha_distance"},
    Kind.SPECTRA: {"dataset", "regime", "factor", "matrix", "repetition", "index", "singular_value"},
    Kind.PLANTED_LINES: {"kind", "line", "n", "m", "r", "lambda", "loss"},
    Kind.SURFACE: {"p", "x", "y", "value"},
    Kind.CONVEXITY: {
        "distribution",
        "kind",
        "observed",
        "n",
        "r",
        "trials",
        "alpha_negative",
        "alpha_mean",
        "alpha_sd",
    },
    Kind.FACTS: {"fact", "statement", "distribution", "estimate", "standard_error", "paper", "exact"},
    Kind.COUNTING: {"distribution", "kind", "mean_term", "left", "left_error", "right", "right_error"},
    Kind.CONCENTRATION: {"quantity", "n", "r", "trial", "value"},
    Kind.IDENTITIES: {"identity", "statement", "cases", "failures", "largest_error"},
    Kind.PROFILE: {"distribution", "kind", "lambda", "mean", "standard_error", "exact", "printed"},
    Kind.TRAININGS: {*NETWORK, "learning_rate", "momentum", "batch_size", "weight_decay", "loss_function"},
    Kind.LENGTHS: {*NETWORK, "epoch", "direction", "length", "line_images", "batch_norm"},
    Kind.NETWORK_SURFACES: {*NETWORK, "epoch", "x", "y", "convex", "line_images", "batch_norm"},
    Kind.LENGTH_TABLES: {"table", "layers", "width", "epoch", "paper", "ours", "standard_error", "directions"},
    Kind.COUNTEREXAMPLE: {"reading", "quantity", "value"},
    Kind.DESCENT: {"gradient", "momentum", "learning_rate", "steps", "threshold", "starts", "failures"},
    Kind.PAIRS: {
        *("kind", "r", "delta", "first_order_bound", "strict_delta", "strict_curvature", "strict_gradient_norm"),
    },
    Kind.STARTS: {"instance", "gradient", "gamma", "delta", "trials", "failures"},
    Kind.PURIFICATION_STATEMENTS: {"quantity", "statement", "n", "value"},
    Kind.PURIFICATION_CONVERGENCE: {
        *("n", "s", "decoding", "threshold", "start", "trial", "iteration", "smallest_diagonal", "error"),
        *("contraction", "excess_positive", "excess_negative"),
    },
    Kind.PURIFICATION_CONDITIONS: {
        *("condition", "value", "law", "decoding", "threshold", "start", "preprocessing", "imbalance", "error"),
    },
    Kind.PURIFICATION_FLOORS: {
        *("n", "noise", "strength", "relative_noise", "samples", "pseudo_inverse", "trial"),
        *("off_diagonal", "outside", "smallest_diagonal", "error"),
    },
    Kind.INDUCTIVE_CONSTANTS: {"activation", "constant", "value", "printed"},
    Kind.INDUCTIVE_IDENTITIES: {"equation", "statement", "cases", "largest_error"},
    Kind.INDUCTIVE_ORTHOGONAL: {"activation", "d", "rho", "smallest_eigenvalue", "multiple", "multiple_printed"},
    Kind.INDUCTIVE_FIRST_ROW: {"kind", "d", "smallest_entry", "free_eigenvalue", "fixed_eigenvalue"},
    Kind.INDUCTIVE_CONDITIONING: {
        *("activation", "spread", "condition_of", "kappa", "smallest_eigenvalue", "bound", "proven_bound"),
    },
    Kind.INDUCTIVE_DEVIATIONS: {"activation", "sweep", "size", "draws", "deviation"},
    Kind.INDUCTIVE_CONVERGENCE: {"activation", "trial", "M_l", "M_u", "step", "squared_distance"},
    Kind.INDUCTIVE_PHASES: {"activation", "start", "users", "observed", "optimizer", "trials", "recovered"},
    Kind.INDUCTIVE_COLD_START: {"dataset", "source", "reduction", "split", "model", "rmse"},
}
"""The columns a table of each kind has, which no table of another kind has all of."""


@dataclass(frozen=True)
class Results:
    """All result files of a run, joined by kind; `file` is the column that says where a row comes
    from.
    """

    tables: dict[Kind, pd.DataFrame]

    def __getitem__(self, kind: Kind) -> pd.DataFrame:
        """The rows of a kind. Raises `KeyError` when the run has none."""
        return self.tables[kind]

    def has(self, kind: Kind) -> bool:
        """Whether the run has any file of a kind."""
        return kind in self.tables

    def cases(self, kind: Kind) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """Dataset, regime and rows of every pair of them that a kind has."""
        for (dataset, regime), rows in self[kind].groupby(["dataset", "regime"], sort=True):
            yield str(dataset), str(regime), rows

    def datasets(self) -> list[str]:
        """The datasets of the run."""
        kinds = [kind for kind in (Kind.MATRICES, Kind.RUNS, Kind.CURVATURE) if self.has(kind)]
        return sorted({str(name) for kind in kinds for name in self[kind]["dataset"].unique()})

    def remark(self, dataset: str, regime: str | None = None) -> str:
        """What must be said beside a number on a dataset: stand-in or reduced, by which descent,
        converged or not.
        """
        if not self.has(Kind.RUNS):
            return ""
        runs = self[Kind.RUNS]
        runs = runs[(runs["dataset"] == dataset) & ((runs["regime"] == regime) if regime else True)]
        if runs.empty:
            return ""
        known: Provenance = provenance_of(dataset, runs)
        remarks = [known.mark] if known.mark else []
        if regime == "converged":
            remarks.append(f"by {' and '.join(DESCENTS[name] for name in sorted(runs['descent'].unique()))}")
            if known.capped:
                remarks.append(f"{known.capped} of {known.restarts} restarts have not converged")
        return "; ".join(remarks)


def read_results(paths: Sequence[Path]) -> Results:
    """Read the result tables of a run.

    Raises `InputError` on a file that cannot be read or is no result the ledger knows.
    """
    found: dict[Kind, list[pd.DataFrame]] = {}
    for path in paths:
        kind, table = _read_table(path)
        found.setdefault(kind, []).append(table.assign(file=str(path)))
    return Results({kind: pd.concat(tables, ignore_index=True) for kind, tables in found.items()})


def files_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """The files that rows come from."""
    return tuple(rows["file"].unique())


def _read_table(path: Path) -> tuple[Kind, pd.DataFrame]:
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=["", "nan"])
    except (OSError, UnicodeDecodeError, pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error}); expected a result table") from error
    kinds = [kind for kind, columns in COLUMNS.items() if columns <= set(table.columns)]
    if len(kinds) != 1:
        raise InputError(
            f"{path}: columns {', '.join(map(str, table.columns))}; expected those of one kind of result: "
            + "; ".join(f"{kind}: {', '.join(sorted(columns))}" for kind, columns in COLUMNS.items())
        )
    return kinds[0], table
