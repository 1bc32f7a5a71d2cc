"""Claims about networks: trainings are the independent units, and only the paper's networks count."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from starnmf.claims.claim import Verdict
from starnmf.claims.data import Data, data_of_networks
from starnmf.claims.ledger import CLAIMS, judge_claims
from starnmf.claims.results import Results
from starnmf.networks import tables as networks
from starnmf.tables.printed import printed_lengths
from starnmf.tables.result_tables import MEAN_LENGTHS

BY_ID = {claim.id: claim for claim in CLAIMS}


def row(layers, width, shortcuts=True, **columns):
    name = f"resnet{layers}-k{width:g}{'' if shortcuts else '-plain'}"
    scale = {"source": "published", "epochs": 300, "training_images": 50_000}
    how = {"line_images": 5000, "batch_norm": "eval", "file": "networks.csv"}
    return {"network": name, "layers": layers, "width": width, "shortcuts": shortcuts} | scale | how | columns


def lengths(means, **columns):
    """25 lengths within 0.05 of the mean of each training: from (layers, width, epoch) to the trainings' means."""
    return pd.DataFrame(
        row(layers, width, epoch=epoch, training=training, direction=direction, length=mean + step, **columns)
        for (layers, width, epoch), of_trainings in means.items()
        for training, mean in enumerate(of_trainings)
        for direction, step in enumerate(np.linspace(-0.05, 0.05, 25))
    )


def judged(claim, kind, table):
    return judge_claims(Results({kind: table}), [BY_ID[claim]])


def test_directions_are_no_trainings():
    """Lengths differ by 0.1 with a deviation of 0.03 over 25 directions, yet one training each decides nothing."""
    table = lengths({(44, 1, 300): [0.6], (44, 4, 300): [0.7]})
    assert stats.ttest_ind(*(rows["length"] for _, rows in table.groupby("width"))).pvalue < 1e-9
    (found,) = judged("networks-wider", networks.LENGTHS, table).to_dict("records")
    assert found["verdict"] == Verdict.UNDECIDED
    assert "1 and 1 trainings: no interval" in found["uncertainty"]


def with_p_value(p):
    """Two networks of three trainings each whose difference has a given two-sided p-value by Welch's test."""
    spread = np.array([-0.02, 0.0, 0.02])
    difference = stats.t.isf(p / 2, 4) * np.sqrt(2 * spread.var(ddof=1) / 3)
    return lengths({(44, 1, 300): 0.6 + spread, (44, 4, 300): 0.6 + difference + spread})


@pytest.mark.parametrize(("p", "verdict"), [(0.055, Verdict.UNDECIDED), (0.045, Verdict.REPRODUCED)])
def test_networks_differ_where_welchs_test_of_their_trainings_says_so(p, verdict):
    assert judged("networks-wider", networks.LENGTHS, with_p_value(p)).iloc[0]["verdict"] == verdict


@pytest.mark.parametrize(("p", "verdict"), [(0.055, Verdict.UNDECIDED), (0.045, Verdict.CONTRADICTED)])
def test_a_narrow_network_that_is_more_convex_contradicts_the_claim(p, verdict):
    table = with_p_value(p).replace({"width": {1: 4, 4: 1}, "network": {"resnet44-k1": "k4", "resnet44-k4": "k1"}})
    assert judged("networks-wider", networks.LENGTHS, table).iloc[0]["verdict"] == verdict


def test_trainings_of_one_network_without_any_difference_decide_no_comparison():
    """In a world where all networks are alike, few runs of the claim say anything."""
    random = np.random.default_rng(0)
    verdicts = [
        judged(
            "networks-wider",
            networks.LENGTHS,
            lengths({(44, width, 300): 0.6 + 0.05 * random.standard_normal(3) for width in (1, 4)}),
        ).iloc[0]["verdict"]
        for _ in range(40)
    ]
    assert verdicts.count(Verdict.UNDECIDED) >= 34


def test_the_course_of_a_training_is_compared_within_each_training():
    """Trainings that differ by 0.2 all lose 0.05: the pairs decide, which Welch's test of both ends would not."""
    start = np.array([0.6, 0.8, 0.7])
    falls = start - 0.05 + np.array([0.001, 0.0, -0.001])
    assert stats.ttest_ind(start, falls, equal_var=False).pvalue > 0.3
    table = lengths({(44, 1, 0): start, (44, 1, 300): falls})
    assert judged("networks-training", networks.LENGTHS, table).iloc[0]["verdict"] == Verdict.REPRODUCED
    one = table[table["training"] == 0]
    assert judged("networks-training", networks.LENGTHS, one).iloc[0]["verdict"] == Verdict.UNDECIDED


def test_the_papers_networks_are_compared_with_one_another_alone():
    """8 layers, which the paper does not have, neither count nor take the place of its shallowest network."""
    means = {(20, 1, 300): [0.8, 0.81, 0.79], (110, 1, 300): [0.6, 0.61, 0.59], (8, 1, 300): [0.1, 0.11, 0.09]}
    means |= {(14, 1, 300): [0.9, 0.91, 0.89]}
    found = judged("networks-depth", networks.LENGTHS, lengths(means)).set_index("data")
    assert found.loc["paper's", "verdict"] == Verdict.REPRODUCED
    assert found.loc["paper's", "reason"].startswith("layers 110 less layers 20: 0.600 - 0.800")
    assert found.loc["reduced", "verdict"] == Verdict.REDUCED
    assert found.loc["reduced", "outcome"] == Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("layers", "width", "shortcuts", "columns", "data"),
    [
        (110, 4.0, True, {}, Data.PAPER),
        (44, 2.0, False, {}, Data.PAPER),
        (110, 4.0, False, {}, Data.REDUCED),
        (20, 0.5, True, {}, Data.REDUCED),
        (26, 1.0, True, {}, Data.REDUCED),
        (110, 4.0, True, {"epochs": 150}, Data.REDUCED),
        (110, 4.0, True, {"training_images": 49_999}, Data.REDUCED),
        (110, 4.0, True, {"source": "stand-in", "epochs": 3}, Data.SYNTHETIC),
    ],
)
def test_the_papers_networks_are_those_of_its_tables(layers, width, shortcuts, columns, data):
    assert data_of_networks(pd.DataFrame([row(layers, width, shortcuts, **columns)])) == data


def surfaces(depth, narrow, wide, **columns):
    """Surfaces of ten points; of each training a number of them is convex."""
    return pd.DataFrame(
        row(depth, width, training=training, epoch=200, x=point, y=0, convex=point < convex, **columns)
        for width, of_trainings in ((1, narrow), (4, wide))
        for training, convex in enumerate(of_trainings)
        for point in range(10)
    )


@pytest.mark.parametrize(
    ("table", "verdict"),
    [
        (surfaces(110, [5, 6, 5], [8, 9, 9]), Verdict.REPRODUCED),
        (surfaces(110, [5, 6, 8], [7, 6, 8]), Verdict.UNDECIDED),
        (surfaces(110, [5], [9]), Verdict.UNDECIDED),
        (surfaces(110, [8, 9, 9], [5, 6, 5]), Verdict.CONTRADICTED),
        (surfaces(44, [5, 6, 5], [8, 9, 9]), Verdict.REDUCED),
        (surfaces(8, [5, 6, 5], [8, 9, 9], source="stand-in"), Verdict.SYNTHETIC),
    ],
)
def test_figure_8_is_about_110_layers(table, verdict):
    assert judged("networks-figure-8", networks.NETWORK_SURFACES, table).iloc[0]["verdict"] == verdict


def mean_lengths(trainings=3, standard_error=0.02):
    """Table 2 as printed, ours equal to it."""
    cells = printed_lengths().rename(columns={"length": "paper"}).query("table == 'table2'")
    return cells.assign(
        ours=cells["paper"], standard_error=standard_error, trainings=trainings, source="published", epochs=300,
        training_images=50_000, file="table2.csv",
    )  # fmt: skip


def off(cells, networks_off, by):
    """One cell of each of the first networks off, at epoch 300."""
    last = cells.index[cells["epoch"] == 300][:networks_off]
    return cells.assign(ours=cells["ours"] + by * cells.index.isin(last))


@pytest.mark.parametrize(("networks_off", "verdict"), [(2, Verdict.REPRODUCED), (3, Verdict.CONTRADICTED)])
def test_a_few_networks_off_are_what_chance_gives(networks_off, verdict):
    """Of 12 networks 3 or more are off by chance with a probability of 0.0196, 2 or more with one of 0.118."""
    found = judged("networks-table-2", MEAN_LENGTHS, off(mean_lengths(), networks_off, 0.2))
    assert found.iloc[0]["verdict"] == verdict
    assert f"({networks_off} of 12 networks off" in found.iloc[0]["uncertainty"]


@pytest.mark.parametrize(("share", "networks_off"), [(0.95, 0), (1.05, 5)])
def test_a_cell_is_off_beyond_the_error_of_a_training_and_a_mean_of_three(share, networks_off):
    """Trainings deviate by 0.02 sqrt(3); the paper's one training adds to our mean's error; four cells of each."""
    allowed = stats.t.isf(0.05 / 8, 24) * np.hypot(0.02 * np.sqrt(3), 0.02) + 0.005
    found = judged("networks-table-2", MEAN_LENGTHS, off(mean_lengths(), 5, share * allowed))
    assert f"({networks_off} of 12 networks off" in found.iloc[0]["uncertainty"]


@pytest.mark.parametrize("cells", [mean_lengths(trainings=1), mean_lengths(standard_error=0.1)])
def test_a_table_is_not_reproduced_by_what_could_not_differ_from_it(cells):
    """One training, or trainings so far apart that no printed effect could be seen."""
    assert judged("networks-table-2", MEAN_LENGTHS, cells).iloc[0]["verdict"] == Verdict.UNDECIDED


def test_errors_of_trainings_put_a_network_off_as_often_as_chance():
    """Of 600 simulated networks whose trainings deviate from the same mean, about one in twenty is off."""
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(50):
        cells = mean_lengths()
        ours = cells["paper"].to_numpy()[:, None] + 0.03 * random.standard_normal((len(cells), 3))
        printed = cells["paper"] + 0.03 * random.standard_normal(len(cells))
        simulated = cells.assign(
            paper=printed, ours=ours.mean(axis=1), standard_error=ours.std(axis=1, ddof=1) / np.sqrt(3)
        )
        how = judged("networks-table-2", MEAN_LENGTHS, simulated).iloc[0]["uncertainty"]
        hits += int(how.removeprefix("(").split()[0])
    # The tolerance for printed digits makes it a little less often.
    assert stats.binomtest(hits, 600, 0.04).pvalue > 0.01


def test_shallow_networks_are_no_evidence_of_deep_ones():
    table = lengths({(20, 1, 300): [0.6, 0.61, 0.59], (20, 4, 300): [0.8, 0.81, 0.79]})
    (deep,) = judged("networks-wider", networks.LENGTHS, table).to_dict("records")
    assert deep["verdict"] == Verdict.NOT_RUN
    assert deep["reason"] == "no two networks of 32 layers or more differ in width alone"
    assert judged("networks-wider-shallow", networks.LENGTHS, table).iloc[0]["verdict"] == Verdict.REPRODUCED
