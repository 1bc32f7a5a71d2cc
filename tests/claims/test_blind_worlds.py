"""The ledger on worlds of which the truth is known: no false claim is reproduced, no true one contradicted."""

from functools import cache

import numpy as np
import pytest

from starnmf.claims.claim import Verdict
from starnmf.claims.ledger import CLAIMS, judge_claims
from starnmf.claims.results import Results
from tests.claims.holding_results import holding_results
from tests.claims.worlds.companions import COMPANIONS
from tests.claims.worlds.factorizations import FACTORIZATIONS
from tests.claims.worlds.landscape import LANDSCAPE
from tests.claims.worlds.networks import NETWORKS
from tests.claims.worlds.optima import OPTIMA
from tests.claims.worlds.spurious import SPURIOUS_MINIMA
from tests.claims.worlds.theory import THEORY

pytestmark = pytest.mark.extended

WORLDS = [*THEORY, *FACTORIZATIONS, *LANDSCAPE, *OPTIMA, *SPURIOUS_MINIMA, *NETWORKS, *COMPANIONS]
BY_ID = {claim.id: claim for claim in CLAIMS}

DECIDED = {
    True: {Verdict.REPRODUCED},
    # One dataset or network is enough for a claim about all to be false.
    False: {Verdict.CONTRADICTED, Verdict.PARTLY},
}


@cache
def other_results():
    """Where the data of all datasets come from, which the ledger asks."""
    return holding_results().tables


@cache
def verdict_in(world, seed):
    """What the ledger says of the world's claim."""
    rows = world.rows(np.random.default_rng([seed, 7])).assign(file=world.table.path)
    ledger = judge_claims(Results(other_results() | {world.table: rows}), [BY_ID[world.claim]])
    return ledger["verdict"].iloc[0]


def seeds_of(world):
    """Several draws where they take milliseconds."""
    return range(2 if world.claim.startswith(("theory-fact", "theory-equation", "theory-lemma", "isometry")) else 1)


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_no_verdict_is_wrong(world):
    wrong = Verdict.CONTRADICTED if world.holds else Verdict.REPRODUCED
    judged = {Verdict.REPRODUCED, Verdict.CONTRADICTED, Verdict.PARTLY, Verdict.REGIME_DEPENDENT, Verdict.UNDECIDED}
    for seed in seeds_of(world):
        assert verdict_in(world, seed) in judged - {wrong}


def test_worlds_are_many_and_of_many_claims():
    assert len(set(map(str, WORLDS))) == len(WORLDS)
    assert min(sum(world.holds is holds for world in WORLDS) for holds in (True, False)) >= 30
    assert len({world.claim for world in WORLDS}) >= 60


def test_with_ample_evidence_nearly_all_verdicts_are_decided():
    for holds in (True, False):
        decided = [
            verdict_in(world, seed) in DECIDED[holds]
            for world in WORLDS
            if world.ample and world.holds is holds
            for seed in seeds_of(world)
        ]
        assert np.mean(decided) >= 0.9
