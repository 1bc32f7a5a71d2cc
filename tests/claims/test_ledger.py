"""The ledger: every verdict comes out of the result files and changes with them."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from starnmf.claims.claim import (
    CHECK,
    PROJECT,
    Measurement,
    StatedBy,
    Verdict,
    above,
    around,
    at_least,
    at_most,
    below,
    within,
)
from starnmf.claims.data import PAPER_DATASETS, Data
from starnmf.claims.ledger import CLAIMS, judge_claims
from starnmf.claims.page import about_figure, as_markdown, claims_of, summary
from starnmf.claims.results import Results, read_results
from starnmf.claims.tables import LEDGER
from starnmf.companions.inductive import tables as inductive
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.landscape import tables as landscape
from starnmf.networks import tables as networks
from tests.claims.holding_results import CONTRADICTIONS, HOLDS_WITH, holding_results
from tests.filled_tables import write_filled

MEASURED = [claim.id for claim in CLAIMS]


BY_ID = {claim.id: claim for claim in CLAIMS}


@pytest.fixture(scope="module")
def results():
    return holding_results()


@pytest.fixture(scope="module")
def findings(results):
    """What every claim finds in the made-up run."""
    found = {}
    for claim in CLAIMS:
        table = claim.measure.table
        kind, change = HOLDS_WITH.get(claim.id, (table, lambda rows: rows))
        changed = Results(results.tables | {kind: change(results.tables[kind])})
        found[claim.id] = list(claim.measure.findings(changed[table]))
    return found


@pytest.fixture(scope="module")
def ledger(results, findings):
    """The ledger of these findings, which take longer than the judgement."""
    found = [
        replace(claim, measure=replace(claim.measure, findings=lambda rows, of=claim.id: findings[of]))
        for claim in CLAIMS
    ]
    return judge_claims(results, found)


def rows_of(ledger, claim):
    return ledger[(ledger["id"] == claim) & (ledger["verdict"] != Verdict.NOT_RUN)]


def judged(results, claim, changes):
    """The rows of one claim where tables are others."""
    return judge_claims(Results(results.tables | changes), [BY_ID[claim]])


def findings_of(rows):
    return rows[rows["level"] == "finding"]


def test_every_claim_can_be_contradicted_here():
    assert sorted(CONTRADICTIONS) == sorted(MEASURED)
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", MEASURED)
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


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"source": "stand-in"}, Verdict.SYNTHETIC),
        ({"epochs": 9}, Verdict.REDUCED),
        ({"training_images": 4000}, Verdict.REDUCED),
        ({"layers": 8}, Verdict.REDUCED),
        ({"width": 0.25}, Verdict.REDUCED),
    ],
)
def test_networks_other_than_the_papers_judge_nothing(results, change, verdict):
    table = results[networks.LENGTHS].assign(**{name: value for name, value in change.items() if name != "width"})
    if "width" in change:
        table["width"] = table["width"].replace(1.0, change["width"])
    (head, *rest) = judged(results, "networks-training", {networks.LENGTHS: table}).to_dict("records")
    of_kind = [row for row in (head, *rest) if row["verdict"] == verdict]
    assert of_kind
    assert all(row["outcome"] == Verdict.REPRODUCED for row in of_kind)
    if "width" not in change:
        assert head["verdict"] == verdict


def test_regimes_that_disagree_make_a_claim_regime_dependent(results):
    table = results[landscape.CURVATURE].copy()
    table.loc[table["regime"] == "converged", "alpha"] *= -1
    rows = judged(results, "nmf-alpha-positive", {landscape.CURVATURE: table})
    assert rows.iloc[0]["verdict"] == Verdict.REGIME_DEPENDENT
    assert rows.iloc[0]["reason"] == "published: reproduced; converged: contradicted"
    by_regime = rows[rows["level"] == "regime"].set_index("regime")
    assert by_regime["verdict"].to_dict() == {"published": Verdict.REPRODUCED, "converged": Verdict.CONTRADICTED}
    assert by_regime["measured"].to_dict() == {"published": "8 of 8", "converged": "0 of 8"}


def test_datasets_that_disagree_are_counted_for_each_regime(results):
    """7 of 8 datasets under one regime and none under the other: the difference is not hidden."""
    table = results[landscape.CURVATURE].copy()
    fails = (table["regime"] == "converged") | (table["dataset"] == "satellite")
    table.loc[fails, "alpha"] *= -1
    rows = judged(results, "nmf-alpha-positive", {landscape.CURVATURE: table})
    assert rows.iloc[0]["verdict"] == Verdict.REGIME_DEPENDENT
    assert rows.iloc[0]["reason"] == "published: partly; converged: contradicted"
    one_regime = table[table["regime"] == "published"]
    (head, *_) = judged(results, "nmf-alpha-positive", {landscape.CURVATURE: one_regime}).to_dict("records")
    assert (head["verdict"], head["measured"]) == (Verdict.PARTLY, "7 of 8")


def test_cases_of_a_theorem_are_no_regimes(results):
    """A lemma that holds for k = 2 and fails for k = 3 is contradicted: k is no regime."""
    table = results[inductive.IDENTITIES].copy()
    table.loc[table["equation"] == "D.4-k3", "largest_error"] = 0.1
    rows = judged(results, "inductive-transform", {inductive.IDENTITIES: table})
    assert rows.iloc[0]["verdict"] == Verdict.CONTRADICTED
    assert findings_of(rows).set_index("case")["outcome"].to_dict() == {
        "k = 2": Verdict.REPRODUCED,
        "k = 3": Verdict.CONTRADICTED,
    }


def test_only_times_of_the_flow_are_regimes(ledger):
    assert set(ledger["regime"]) <= {"", "literal", "published", "converged", "all"}
    assert set(ledger["dataset"]) <= {"", "all", *PAPER_DATASETS}


@pytest.mark.parametrize(
    ("change", "data", "verdict"),
    [
        ({"source": "stand-in", "reduction": 16.0}, Data.SYNTHETIC, Verdict.SYNTHETIC),
        ({"source": "stand-in"}, Data.SYNTHETIC, Verdict.SYNTHETIC),
        ({"source": "mirror", "reduction": 13.2}, Data.OTHER, Verdict.OTHER_DATA),
        ({"source": "mirror"}, Data.PAPER, Verdict.REPRODUCED),
    ],
)
def test_only_the_papers_data_judge_its_claims(results, change, data, verdict):
    changes = {table: results[table].assign(**change) for table in (MATRICES, RUNS)}
    rows = judged(results, "nmf-alpha-positive", changes)
    rows = rows[rows["verdict"] != Verdict.NOT_RUN]
    assert set(rows["data"]) == {data}
    assert set(rows["verdict"]) == {verdict}
    assert set(rows["outcome"]) == {Verdict.REPRODUCED}
    text = summary(rows)
    assert ("1 reproduced" in text) == (verdict == Verdict.REPRODUCED)


def test_a_dataset_that_the_paper_does_not_have_is_other_data(results):
    own = {table: results[table].replace({"dataset": {"orl": "mine"}}) for table in (MATRICES, RUNS)}
    own |= {landscape.CURVATURE: results[landscape.CURVATURE].replace({"dataset": {"orl": "mine"}})}
    own[landscape.CURVATURE].loc[own[landscape.CURVATURE]["dataset"] == "mine", "alpha"] *= -1
    rows = judged(results, "nmf-alpha-positive", own)
    assert rows.iloc[0]["verdict"] == Verdict.REPRODUCED
    assert rows.iloc[0]["measured"] == "14 of 14"
    mine = rows[rows["dataset"] == "mine"]
    assert set(mine["verdict"]) == {Verdict.OTHER_DATA}
    assert set(mine["outcome"]) == {Verdict.CONTRADICTED}


@pytest.mark.parametrize("change", [{"source": "own"}, {"source": "stand-in"}])
def test_other_data_in_the_run_change_nothing_that_is_said_of_the_papers(results, ledger, change):
    """Not in claims about several datasets together either."""
    more = dict(results.tables)
    for table, rows in results.tables.items():
        if "dataset" in rows:
            mine = rows[rows["dataset"] == "orl"].assign(dataset="mine", **change if "source" in rows else {})
            more[table] = pd.concat([rows, mine], ignore_index=True)
    claims = [claim for claim in CLAIMS if claim.stated_by is not StatedBy.CHECK and claim.id not in HOLDS_WITH]
    judged_with_more = judge_claims(Results(more), claims)
    of_others = judged_with_more["data"].isin([Data.OTHER, Data.SYNTHETIC])
    assert of_others.any()
    before = ledger[ledger["id"].isin([claim.id for claim in claims])].reset_index(drop=True)
    pd.testing.assert_frame_equal(judged_with_more[~of_others].reset_index(drop=True), before)


def test_checks_of_the_pipeline_are_judged_on_any_data(results):
    changes = {table: results[table].assign(source="stand-in") for table in (MATRICES, RUNS)}
    rows = judged(results, "nmf-variance", changes)
    assert set(rows["stated_by"]) == {StatedBy.CHECK}
    assert set(rows["verdict"]) == {Verdict.REPRODUCED}


def test_data_of_unknown_source_judge_nothing(results):
    tables = {kind: table for kind, table in results.tables.items() if kind not in (MATRICES, RUNS)}
    with pytest.raises(InputError, match="birdsong: no table says where its data come from"):
        judge_claims(Results(tables), [BY_ID["nmf-alpha-positive"]])


def test_the_summary_counts_the_papers_claims_alone(ledger):
    heads = claims_of(ledger)
    assert set(heads["stated_by"]) == set(StatedBy)
    paper = int((heads["stated_by"] == StatedBy.PAPER).sum())
    assert summary(ledger).startswith(f"The paper: {paper} claims, ")
    assert "nmf-scale" in set(heads.loc[heads["stated_by"] == StatedBy.PROJECT, "id"])


def with_limit(criterion, limit):
    """The same criterion with another limit."""
    if criterion.centre is not None:
        return around(criterion.centre, limit)
    kind = {"at most": at_most, "at least": at_least, "below": below, "above": above}
    return kind[criterion.words.rpartition(" ")[0]](limit)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_verdicts_change_at_the_limits_that_are_computed(ledger, findings, claim):
    """With a limit a little stricter than `holds_from` some finding is not reproduced any more; with one a little
    stricter than `fails_from` one is contradicted, and with a looser one none."""
    rows = rows_of(ledger, claim.id)
    head = rows.iloc[0]
    looser = -1 if claim.criterion.highest == np.inf else 1
    for limit, worst, better in (
        (head["holds_from"], {Verdict.UNDECIDED, Verdict.CONTRADICTED}, {Verdict.REPRODUCED}),
        (head["fails_from"], {Verdict.CONTRADICTED}, {Verdict.REPRODUCED, Verdict.UNDECIDED}),
    ):
        if not np.isfinite(limit):
            continue
        step = looser * max(1e-9, 1e-6 * abs(limit))
        verdicts = {
            sign: {
                with_limit(claim.criterion, limit + sign * step).judge(one.measurement) for one in findings[claim.id]
            }
            for sign in (-1, 1)
        }
        assert verdicts[1] <= better
        if claim.criterion.centre is None or limit > step:
            assert verdicts[-1] & worst


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
    paper = heads[heads["stated_by"] == StatedBy.PAPER]
    reproduced = int((paper["verdict"] == Verdict.REPRODUCED).sum())
    assert f"| **reproduced** | holds | {reproduced} |" in page
    assert f"{len(paper)} claims, {reproduced} reproduced" in summary(ledger)
    listed = page.partition("## The paper's claims that were not reproduced")[2].partition("\n## ")[0]
    others = paper[paper["verdict"] != Verdict.REPRODUCED]
    assert set(re.findall(r"`([\w.-]+)` \|$", listed, flags=re.M)) == set(others["id"])


def test_the_ledger_is_read_as_it_is_written(tmp_path, ledger):
    path = tmp_path / "results/claims.csv"
    path.parent.mkdir()
    LEDGER.write(ledger, path)
    assert summary(LEDGER.read([path])) == summary(ledger)


def test_files_are_known_by_their_paths(tmp_path, results):
    paths = []
    for kind, table in results.tables.items():
        if kind is not MATRICES:
            path = re.sub(r"{(\w+)[^}]*}", lambda found: {"table": "table2"}.get(found[1], "x"), kind.path)
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
    with pytest.raises(InputError, match=r"facts\.csv: is no result table .* expected .*theory/facts"):
        read_results([path])


def test_claims_are_not_judged_by_their_declaration(results):
    """A claim of another id, statement and paper value has the same verdict."""
    claim = next(claim for claim in CLAIMS if claim.id == "theory-fact-10")
    renamed = replace(claim, id="x", statement="y", paper_value="z")
    finding = next(iter(renamed.measure.findings(results[renamed.measure.table])))
    assert renamed.criterion.judge(finding.measurement) == Verdict.REPRODUCED


@pytest.mark.parametrize(
    ("negative", "converged", "outcome"),
    [
        ([], [0, 1, 2, 3, 4], Verdict.REPRODUCED),
        ([], [0, 1, 2, 3], Verdict.UNDECIDED),
        ([4], [0, 1, 2, 3], Verdict.UNDECIDED),
        ([3, 4], [0, 1, 2, 3], Verdict.CONTRADICTED),
    ],
)
def test_segments_towards_restarts_that_have_not_converged_decide_nothing(results, negative, converged, outcome):
    curvature, runs = (results.tables[kind] for kind in (landscape.CURVATURE, RUNS))
    curvature = curvature[(curvature["rate"] == 1) & (curvature["optimum"] < 5)]
    changes = {
        landscape.CURVATURE: curvature.assign(alpha=np.where(curvature["optimum"].isin(negative), -1.0, 1.0)),
        RUNS: runs.assign(converged=runs["restart"].isin(converged)),
    }
    found = findings_of(judged(results, "nmf-alpha-positive", changes)).groupby("regime")["outcome"].agg(set)
    assert found["converged"] == {outcome}
    assert found["published"] == {Verdict.CONTRADICTED if negative else Verdict.REPRODUCED}


@pytest.mark.parametrize(
    "claim",
    [
        "nmf-figure-4",
        "nmf-figure-4-chord",
        "nmf-scale",
        "nmf-cosine-positive",
        "nmf-cosine-large",
        "nmf-training-alpha",
        "nmf-training-chord",
        "nmf-bands-alpha",
        "nmf-efficient",
        "nmf-spectrum-U",
    ],
)
def test_ends_that_have_not_converged_decide_no_claim(results, claim):
    """What holds of all ends is open once some have not converged, in every table; `published` stays."""
    runs = results.tables[RUNS].assign(converged=lambda rows: rows["restart"] > 1)
    found = findings_of(judged(results, claim, {RUNS: runs}))
    outcomes = found[found["outcome"] != Verdict.NOT_RUN].groupby("regime")["outcome"].agg(set)
    assert outcomes["converged"] == {Verdict.UNDECIDED}
    assert outcomes["published"] == {Verdict.REPRODUCED}


@pytest.mark.parametrize("claim", ["nmf-figure-3", "nmf-figure-3-chord", "nmf-efficient-theorem"])
def test_what_is_not_about_optima_does_not_ask_whether_they_converged(results, claim):
    runs = results.tables[RUNS].assign(converged=False)
    assert set(findings_of(judged(results, claim, {RUNS: runs}))["outcome"]) <= {Verdict.REPRODUCED, Verdict.NOT_RUN}


@pytest.mark.parametrize(("line", "outcome"), [(0, Verdict.CONTRADICTED), (1, Verdict.UNDECIDED)])
def test_a_segment_to_a_restart_that_converged_contradicts_although_others_did_not(results, line, outcome):
    lines = results.tables[landscape.LINES]
    bent = (lines["kind"] == "random-optimum") & (lines["line"] == line)
    changes = {
        landscape.LINES: lines.assign(loss=np.where(bent, np.sin(9 * lines["lambda"]), lines["loss"])),
        RUNS: results.tables[RUNS].assign(converged=lambda rows: rows["restart"] != 1),
    }
    found = findings_of(judged(results, "nmf-figure-4", changes)).groupby("regime")["outcome"].agg(set)
    assert found["converged"] == {outcome}


def test_a_descent_that_ended_far_above_a_stopped_one_has_not_converged(results):
    """Optima are lower than where descents were stopped, so that the ratio of losses is larger."""
    runs = results.tables[RUNS]
    above = runs.assign(
        loss=np.where(runs["regime"] == "converged", runs["loss"], 2 * runs["loss"]),
        converged=False,
    )
    for changed, verdict in ((above, Verdict.CONTRADICTED), (runs.assign(converged=False), Verdict.UNDECIDED)):
        assert judged(results, "nmf-published-converges", {RUNS: changed}).iloc[0]["verdict"] == verdict


def test_a_claim_says_on_how_many_datasets_it_was_measured(results):
    table = results[landscape.CURVATURE]
    few = judged(
        results, "nmf-alpha-positive", {landscape.CURVATURE: table[table["dataset"].isin(["orl", "metabolic"])]}
    )
    assert few.iloc[0]["coverage"] == "2 of 8"
    assert re.search(r"^\| [\w-]+ \(2 of 8 datasets\) \|.*`nmf-alpha-positive`", as_markdown(few), flags=re.M)


def test_one_dataset_does_not_contradict_a_statement_about_some(results):
    table = results[MATRICES]
    (head,) = judged(results, "nmf-rank-out-of-scope", {MATRICES: table[table["dataset"] == "orl"]}).to_dict("records")
    assert head["verdict"] == Verdict.NOT_RUN


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_limit_is_the_statements_or_has_a_reason(claim):
    """Limits of 0 and 1 and rounding are the statement's own; any other is printed, or this project says why."""
    limit = abs(claim.criterion.limit)
    assert min(limit, abs(limit - 1)) <= 1e-6 or claim.paper_value or claim.limit_reason


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_a_claim_says_where_the_sentence_stands_that_it_judges(claim):
    place = (
        r"section|Theorem|Lemma|Fact|eq\.|caption|captions|axis|Table|Figure|App\.|Assumption|abstract|slide|Definition"
    )
    assert claim.where in (PROJECT, CHECK) or re.match(place, claim.where)


@pytest.mark.parametrize(
    ("number", "claims"),
    [
        ("1", ["theory-figure-1-general", "theory-figure-1-planted", "theory-figure-1-random"]),
        ("4", ["nmf-figure-4"]),
        ("6", ["nmf-cosine-large", "nmf-training-alpha"]),
        ("9", ["nmf-training-alpha", "nmf-bands-alpha"]),
        ("S1", []),
    ],
)
def test_a_figure_has_the_claims_of_its_caption_with_their_verdicts(ledger, number, claims):
    lines = about_figure(ledger, number, "published")
    heads = claims_of(ledger).set_index("id")
    assert len(lines) == len(claims)
    for line, claim in zip(lines, claims, strict=True):
        assert line.startswith(heads.loc[claim, "statement"])
        assert f"): {heads.loc[claim, 'verdict']} (" in line
        outcomes = ledger.query("id == @claim and level == 'regime' and regime == 'published'")["outcome"]
        assert line.count("; under published, on ") == len(outcomes)
        assert all(f" data: {outcome}" in line for outcome in outcomes)
