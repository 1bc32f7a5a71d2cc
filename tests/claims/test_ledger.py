"""The ledger: every verdict comes out of the result files and changes with them."""

import re
from dataclasses import replace

import numpy as np
import pytest

from starnmf.claims.claim import Measurement, Verdict, above, at_least, at_most, below, within
from starnmf.claims.ledger import CLAIMS, as_markdown, judge_claims, summary
from starnmf.claims.results import Results, read_results
from starnmf.claims.tables import LEDGER
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.landscape import tables as landscape
from starnmf.networks import tables as networks
from starnmf.tables.result_tables import MEAN_LENGTHS
from tests.claims.holding_results import CONTRADICTIONS, holding_results
from tests.filled_tables import write_filled

MEASURED = [claim.id for claim in CLAIMS]


BY_ID = {claim.id: claim for claim in CLAIMS}


@pytest.fixture(scope="module")
def results():
    return holding_results()


@pytest.fixture(scope="module")
def ledger(results):
    return judge_claims(results)


def rows_of(ledger, claim):
    return ledger[(ledger["id"] == claim) & (ledger["verdict"] != Verdict.NOT_RUN)]


# With ranks as small as the real ones, few singular values overlap exactly enough for this distance to be near 0.
NOT_DECIDED_BY_THESE = {"nmf-spectrum-U-kolmogorov-smirnov", "nmf-spectrum-V-kolmogorov-smirnov"}


def test_every_claim_can_be_contradicted_here():
    assert sorted(CONTRADICTIONS) == sorted(MEASURED)
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", [claim for claim in MEASURED if claim not in NOT_DECIDED_BY_THESE])
def test_claims_hold_on_results_that_show_them(ledger, claim):
    rows = rows_of(ledger, claim)
    assert not rows.empty
    assert set(rows["verdict"]) == {Verdict.REPRODUCED}, rows[["dataset", "measured", "uncertainty", "verdict"]]


@pytest.mark.parametrize("claim", MEASURED)
def test_a_verdict_changes_when_its_input_is_tampered_with(results, claim):
    kind, change = CONTRADICTIONS[claim]
    rows = rows_of(judge_claims(Results(results.tables | {kind: change(results[kind])}), [BY_ID[claim]]), claim)
    assert rows.iloc[0]["verdict"] == Verdict.CONTRADICTED, rows[["dataset", "measured", "uncertainty", "verdict"]]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_claim_without_its_input_is_not_run(results, claim):
    rest = Results({kind: table for kind, table in results.tables.items() if kind is not claim.measure.table})
    (row,) = judge_claims(rest, [claim]).to_dict("records")
    assert row["verdict"] == Verdict.NOT_RUN
    assert row["reason"]
    assert not row["measured"]


def test_networks_of_another_scale_are_marked(results):
    reduced = results[networks.LENGTHS].assign(source="stand-in", epochs=300, training_images=512)
    rows = judge_claims(Results(results.tables | {networks.LENGTHS: reduced}), [BY_ID["networks-training"]])
    assert rows.iloc[1:]["reason"].str.contains("stand-in images, 512 of 50,000 training images").all()
    assert rows.iloc[1:]["reason"].str.contains("one training of each network").all()


def test_shallow_networks_are_no_evidence_of_deep_ones(results):
    shallow = results[networks.LENGTHS].query("layers == 20")
    only_shallow = Results(results.tables | {networks.LENGTHS: shallow})
    (deep,) = judge_claims(only_shallow, [BY_ID["networks-wider"]]).to_dict("records")
    assert deep["verdict"] == Verdict.NOT_RUN
    assert deep["reason"] == "no two networks of 32 layers or more differ in width alone"
    assert judge_claims(only_shallow, [BY_ID["networks-wider-shallow"]]).iloc[0]["verdict"] == Verdict.REPRODUCED


def test_a_few_cells_off_are_what_chance_gives(results):
    """Of 48 cells 2.4 lie two standard errors off by chance: 4 agree with that, 9 do not."""
    for off, verdict in ((4, Verdict.REPRODUCED), (9, Verdict.CONTRADICTED)):
        cells = results[MEAN_LENGTHS].copy()
        cells.loc[cells.index[cells["table"] == "table2"][:off], "ours"] += 0.1
        (row,) = judge_claims(Results(results.tables | {MEAN_LENGTHS: cells}), [BY_ID["networks-table-2"]]).to_dict(
            "records"
        )
        assert row["verdict"] == verdict
        assert f"({off} of 48 cells off" in row["uncertainty"]


def test_regimes_that_disagree_make_a_claim_regime_dependent(results):
    table = results[landscape.CURVATURE].copy()
    table.loc[table["regime"] == "converged", "alpha"] *= -1
    disagreeing = Results(results.tables | {landscape.CURVATURE: table})
    rows = judge_claims(disagreeing, [BY_ID["nmf-alpha-positive"]])
    assert rows.iloc[0]["verdict"] == Verdict.REGIME_DEPENDENT
    assert "converged: contradicted" in rows.iloc[0]["reason"]
    assert "published: reproduced" in rows.iloc[0]["reason"]
    assert set(rows.iloc[1:].groupby("regime")["verdict"].agg("first")) == {Verdict.REPRODUCED, Verdict.CONTRADICTED}


def test_stand_in_and_reduced_data_are_marked(results):
    runs = results[RUNS].assign(source="stand-in", reduction=16.0)
    rows = judge_claims(Results(results.tables | {RUNS: runs}), [BY_ID["nmf-alpha-positive"]])
    assert rows.iloc[1:]["reason"].str.contains("stand-in, reduced 1/16").all()


def test_a_dataset_that_is_not_in_the_run_has_a_row_that_says_so(results):
    tables = {
        kind: table[table["dataset"] == "metabolic"] if kind in (landscape.CURVATURE, MATRICES, RUNS) else table
        for kind, table in results.tables.items()
    }
    rows = judge_claims(Results(tables), [BY_ID["nmf-alpha-positive"]])
    absent = rows[rows["dataset"] == "netflix"]
    assert absent["verdict"].tolist() == [Verdict.NOT_RUN]
    assert absent["reason"].tolist() == ["the dataset is not in this run"]


@pytest.mark.parametrize(
    ("criterion", "interval", "verdict"),
    [
        (at_most(1), (0.5, 1.0), Verdict.REPRODUCED),
        (at_most(1), (0.5, 1.1), Verdict.UNDECIDED),
        (at_most(1), (1.1, 1.2), Verdict.CONTRADICTED),
        (at_least(1), (1.0, 2.0), Verdict.REPRODUCED),
        (above(0), (0.0, 0.0), Verdict.CONTRADICTED),
        (above(0), (0.0, 1.0), Verdict.UNDECIDED),
        (below(0), (-1.0, 0.0), Verdict.UNDECIDED),
        (below(0), (0.0, 0.1), Verdict.CONTRADICTED),
        (within(0, 1), (0.2, 0.3), Verdict.REPRODUCED),
        (within(0, 1), (-2.0, -1.0), Verdict.CONTRADICTED),
        (at_most(1), (np.nan, np.nan), Verdict.UNDECIDED),
    ],
)
def test_criteria(criterion, interval, verdict):
    low, high = interval
    assert criterion.judge(Measurement((low + high) / 2, low, high, "")) == verdict


def test_page_and_summary_count_alike(ledger):
    page, heads = as_markdown(ledger), ledger.drop_duplicates("id")
    assert list(ledger.columns) == LEDGER.names
    assert len(re.findall(r"^### ", page, flags=re.M)) == len(CLAIMS)
    reproduced = int((heads["verdict"] == Verdict.REPRODUCED).sum())
    assert summary(ledger).startswith(f"Ledger of {len(CLAIMS)} claims: {reproduced} reproduced")


def test_files_are_known_by_their_paths(tmp_path, results):
    paths = []
    for kind, table in results.tables.items():
        if kind is not MATRICES:
            path = re.sub(r"{(\w+)[^}]*}", lambda found: {"table": "table2"}.get(found[1], "x"), kind.pattern)
            paths.append(tmp_path / path)
            write_filled(kind, table[:1], paths[-1])
    read = read_results(paths)
    assert set(read.tables) == set(results.tables) - {MATRICES}
    assert all(set(table["file"]) <= {str(path) for path in paths} for table in read.tables.values())


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "fact,quantity\nx"])
def test_a_file_that_does_not_fit_its_path_is_an_error(tmp_path, text):
    path = tmp_path / "results" / "theory" / "facts.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(str(path))):
        read_results([path])


def test_a_file_elsewhere_is_no_result(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text("fact\n")
    with pytest.raises(InputError, match=r"facts\.csv: is no result table .* expected .*results/theory/facts"):
        read_results([path])


def test_claims_are_not_judged_by_their_declaration(results):
    """A claim of another id, statement and paper value has the same verdict."""
    claim = next(claim for claim in CLAIMS if claim.id == "theory-fact-10")
    renamed = replace(claim, id="x", statement="y", paper_value="z")
    finding = next(iter(renamed.measure.findings(results[renamed.measure.table])))
    assert renamed.criterion.judge(finding.measurement) == Verdict.REPRODUCED
