"""The whole pipeline on tiny synthetic data: every figure and table is made, and its numbers are right by brute force.

Of the small run; what only the rest of the smoke preset shows, of the smoke run.
"""

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

from starnmf.claims.ledger import CLAIMS
from starnmf.claims.tables import LEDGER
from starnmf.factorization.initialization import draw_starts
from starnmf.factors import load_factors
from starnmf.figures.catalogue import FIGURES
from starnmf.subsamples import load_factors_of_subsamples
from tests.end_to_end.checkout import CONFIGURED, SMALL, SMOKE, snakemake

DATASETS = pytest.mark.parametrize(
    "dataset",
    [pytest.param(name, marks=() if name in SMALL["datasets"] else pytest.mark.extended) for name in SMOKE["datasets"]],
)


def configuration(run):
    return yaml.safe_load((run / "presets/smoke.yaml").read_text())


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_for_both_regimes(run, name):
    figure, configured = FIGURES[name], configuration(run)
    if figure.under_regimes:
        expected = bool(figure.shown(configured["datasets"]))
    else:
        expected = configured.get("experiments") != ["theory"] or not name.startswith("figureS")
    regimes = [""] if figure.regime or not figure.under_regimes else ["", "-converged"]
    for path in (run / f"results/smoke/figures/{name}{regime}.pdf" for regime in regimes):
        assert path.exists() == path.with_suffix(".png").exists() == expected
        if expected:
            assert path.read_bytes().startswith(b"%PDF")
            assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("suffix", ["csv", "md", "tex"])
@pytest.mark.parametrize("table", ["table2", "table3", "table4", "table5"])
def test_tables_about_networks_say_what_they_rest_on(run, table, suffix):
    text = (run / f"results/smoke/tables/{table}.{suffix}").read_text()
    plain = any(name.endswith("plain") for name in configuration(run)["networks"])
    if table == "table4" or (table == "table5" and not plain):
        assert suffix == "csv" or "no network of this table is in the run" in text
    else:
        assert ("stand-in" if suffix == "csv" and table != "table3" else "synthetic") in text
        assert suffix == "csv" or table == "table3" or "reduced to 3 of 300 epochs" in text


def test_lengths_of_convexity_stand_in_the_tables(run):
    for network in configuration(run)["networks"]:
        lengths = pd.read_csv(run / f"results/smoke/networks/{network}/training-0/lengths.csv")
        assert lengths.groupby("epoch").size().to_dict() == dict.fromkeys([0, 1, 2, 3], SMOKE["directions"])
        cells = pd.read_csv(run / f"results/smoke/tables/{'table5' if network.endswith('plain') else 'table2'}.csv")
        width = lengths["width"].iloc[0]
        ours = cells[(cells["layers"] == 8) & (cells["width"] == width)].sort_values("own_epoch")["ours"]
        np.testing.assert_allclose(ours, lengths.groupby("epoch")["length"].mean(), rtol=1e-12)


@pytest.mark.parametrize("suffix", ["csv", "md", "tex"])
@pytest.mark.parametrize("table", ["table1", "table6"])
@DATASETS
def test_every_dataset_stands_in_its_tables(run_with, dataset, table, suffix):
    assert dataset.removesuffix("-100k") in (run_with / f"results/smoke/tables/{table}.{suffix}").read_text().lower()


@DATASETS
def test_every_restart_says_how_it_was_followed_and_where_it_stands(run_with, dataset):
    for regime in ("published", "converged"):
        runs = pd.read_csv(run_with / f"results/smoke/factorization/{dataset}/{regime}/rate-1.0.csv")
        assert set(runs["descent"]) == {"flow"}
        assert (runs["projected_gradient"] < 1).all()
        told = runs[["time", "gradients", "loss_change", "alpha_change", "projected_gradient"]]
        assert np.isfinite(told).all(axis=None)


@DATASETS
def test_the_flow_is_held_against_the_papers_steps(run_with, dataset):
    table = pd.read_csv(run_with / f"results/smoke/landscape/{dataset}/published/steps.csv")
    assert table["steps"].tolist() == [SMOKE["steps"]]
    assert (table[["U_distance", "V_distance", "alpha_distance"]] < 2e-5).all(axis=None)
    assert (table[["U_distance", "V_distance"]] > 0).all(axis=None)


@DATASETS
def test_matrices_have_the_asked_shape_and_unit_variance(run_with, dataset):
    with h5py.File(run_with / f"results/smoke/datasets/{dataset}.h5") as file:
        assert [file.attrs["n"], file.attrs["m"]] == SMOKE["shapes"][dataset][:2]
        values = file["X" if file.attrs["kind"] == "dense" else "values"][:].astype(np.float64)
        assert values.var() == pytest.approx(1, abs=1e-6)
        assert values.min() >= 0
        assert file.attrs["source"] == "stand-in"
        assert file.attrs["observed"] == values.size


@pytest.mark.parametrize("regime", ["published", "converged"])
@DATASETS
def test_curvature_is_the_brute_force_minimum_of_the_quadratic(run_with, dataset, regime):
    for rate, groups in (("0.5", ["subsample-0", "subsample-1"]), ("1.0", ["/"])):
        file = run_with / f"results/smoke/datasets/{dataset}/rate-{rate}.h5"
        matrices = [dense_with_mask(file, group) for group in groups]
        factors = [
            *load_factors_of_subsamples(run_with / f"results/smoke/factorization/{dataset}/{regime}/rate-{rate}.h5")
        ]
        assert sum(len(one.U) for one in factors) == SMOKE["optima"]
        points = [draw_starts(one.attributes, "point", range(SMOKE["points"])) for one in factors]
        table = pd.read_csv(run_with / f"results/smoke/landscape/{dataset}/{regime}/curvature-rate-{rate}.csv")
        assert len(table) == SMOKE["optima"] * SMOKE["points"]
        expected = []
        for number, point in zip(table.optimum, table.point, strict=True):
            optimum, subsample = divmod(number, len(groups))
            of_subsample, (U_points, V_points) = factors[subsample], points[subsample]
            expected.append(
                smallest_second_derivative(
                    *matrices[subsample],
                    of_subsample.U[optimum].astype(float),
                    of_subsample.V[optimum].astype(float),
                    U_points[point],
                    V_points[point],
                )
            )
        np.testing.assert_allclose(table.alpha, expected, rtol=0, atol=1e-9 * abs(np.mean(expected)))
        np.testing.assert_array_equal(table.subsample, table.optimum % len(groups))


def dense_with_mask(path, group="/"):
    with h5py.File(path) as whole:
        file = whole[group]
        if file.attrs["kind"] == "dense":
            return file["X"][:].astype(np.float64), np.ones(file["X"].shape)
        n, m = file.attrs["n"], file.attrs["m"]
        rows = np.repeat(np.arange(n), np.diff(file["indptr"][:]))
        X, mask = np.zeros((n, m)), np.zeros((n, m))
        X[rows, file["indices"][:]], mask[rows, file["indices"][:]] = file["values"][:], 1
        return X, mask


def smallest_second_derivative(X, mask, U1, V1, U2, V2):
    W0, W1, W2 = mask * (U2 @ V2 - X), mask * ((U1 - U2) @ V2 + U2 @ (V1 - V2)), mask * ((U1 - U2) @ (V1 - V2))
    second = np.polynomial.Polynomial([(W1**2).sum() + 2 * (W0 * W2).sum(), 6 * (W1 * W2).sum(), 6 * (W2**2).sum()])
    stationary = [root.real for root in second.deriv().roots() if 0 < root.real < 1]
    return min(second(at) for at in [0.0, 1.0, *stationary]) / mask.sum()


@DATASETS
def test_stored_losses_are_the_float64_losses_of_the_stored_factors(run_with, dataset):
    X, mask = dense_with_mask(run_with / f"results/smoke/datasets/{dataset}/rate-1.0.h5")
    for regime in ("published", "converged"):
        factors = load_factors(run_with / f"results/smoke/factorization/{dataset}/{regime}/rate-1.0.h5")
        product = factors.U.astype(np.float64) @ factors.V.astype(np.float64)
        np.testing.assert_allclose(factors.loss, 0.5 * (mask * (product - X) ** 2).sum((1, 2)) / mask.sum(), rtol=1e-9)
        summary = pd.read_csv(run_with / f"results/smoke/factorization/{dataset}/{regime}/rate-1.0.csv")
        np.testing.assert_array_equal(summary.loss, factors.loss)
        if regime == "converged":
            assert (summary.converged | (summary.gradients >= SMOKE["gradient_cap"])).all()


@DATASETS
def test_lines_and_trajectories_end_at_the_optimum(run_with, dataset):
    for regime in ("published", "converged"):
        factors = load_factors(run_with / f"results/smoke/factorization/{dataset}/{regime}/rate-1.0.h5")
        lines = pd.read_csv(run_with / f"results/smoke/landscape/{dataset}/{regime}/lines.csv")
        ends = lines[(lines.kind == "random-optimum") & (lines["lambda"] == 1)].sort_values("line")
        np.testing.assert_allclose(ends.loss, factors.loss[: len(ends)], rtol=1e-9)
        trajectory = pd.read_csv(run_with / f"results/smoke/landscape/{dataset}/{regime}/trajectory.csv")
        assert set(trajectory.repetition) == {0, 1}
        assert trajectory.cosine.dropna().between(-1, 1).all()
        if regime == "published":
            last = trajectory.sort_values("time").groupby("repetition").loss.last()
            np.testing.assert_allclose(last, factors.loss[:2], rtol=1e-9)


def test_theory_agrees_with_exact_expectations(small_run):
    facts = pd.read_csv(small_run / "results/smoke/theory/facts.csv")
    assert facts["fact"].nunique() == 11
    assert facts["distribution"].nunique() == 4
    assert (facts["z_exact"].abs() < 4).all()
    wrong = facts[facts["z_paper"].abs() > 4]
    assert set(wrong["fact"]) == {"fact-10"}
    profile = pd.read_csv(small_run / "results/smoke/theory/profile.csv")
    assert ((profile["mean"] - profile["exact"]).abs() < 4 * profile["standard_error"]).all()


def test_the_ledger_has_a_row_for_every_claim_and_says_what_fails(run):
    ledger = LEDGER.read([run / "results/smoke/claims.csv"])
    assert {claim.id for claim in CLAIMS} == set(ledger["id"])
    heads = ledger.drop_duplicates("id").set_index("id")
    assert heads.loc["theory-fact-10", "verdict"] == "contradicted"
    assert heads.loc["theory-fact-7", "verdict"] == "reproduced"
    assert heads.loc["nmf-published-converges", ["verdict", "outcome"]].tolist() == ["synthetic", "contradicted"]
    fact10 = ledger[(ledger["id"] == "theory-fact-10") & (ledger["case"] == "uniform")].iloc[0]
    assert fact10["reason"].startswith("the exact value is 0")
    assert fact10["evidence"] == "results/smoke/theory/facts.csv"
    assert heads.loc["networks-table-3", "verdict"] == "reproduced"
    assert heads.loc["networks-wider", "reason"] == "no two networks of 32 layers or more differ in width alone"
    falling = ledger[(ledger["id"] == "networks-training") & (ledger["case"] == "resnet8-k0.25")].iloc[0]
    assert falling["reason"].count("synthetic images, reduced to 3 of 300 epochs") == 1
    assert falling["evidence"] == "results/smoke/networks/resnet8-k0.25/training-0/lengths.csv"
    on_data = ledger[(ledger["id"] == "nmf-alpha-positive") & ledger["dataset"].isin(configuration(run)["datasets"])]
    assert not on_data.empty
    assert on_data["reason"].str.startswith("synthetic").all()
    on_datasets_or_networks = heads[heads.index.str.match("nmf-|networks-") & (heads["stated_by"] == "paper")]
    assert set(on_datasets_or_networks["verdict"]) == {"synthetic", "not run"}
    measured = ledger[~ledger["verdict"].isin(["not run"])]
    assert (measured["measured"] != "").all()
    assert (ledger.loc[ledger["verdict"] == "not run", "reason"] != "").all()
    assert (run / "results/smoke/claims.md").read_text().startswith("# Claims ledger")


def test_the_run_ends_with_the_ledgers_summary(small_run):
    printed = (small_run / "printed").read_text()
    assert "The paper: " in printed
    assert "theory-fact-10" in printed
    without = snakemake(small_run, "table6", "--forcerun", "table6", "--cores", "2", *CONFIGURED)
    assert without.returncode == 0, without.stderr
    assert "The paper: " not in without.stdout


def test_a_finished_run_has_nothing_to_do(run):
    again = snakemake(run, "--dry-run", "--cores", "2", *CONFIGURED)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout + again.stderr
