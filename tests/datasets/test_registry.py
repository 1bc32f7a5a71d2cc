import re

import pytest

from starnmf.datasets.registry import NAMES, published, published_files
from starnmf.errors import InputError


def test_table_1_of_the_paper():
    table = {name: (*entry.shape, entry.rank) for name in NAMES if (entry := published(name)).in_table_1}
    assert table == {
        "birdsong": (5120, 1246, 88),
        "extragalactic": (2760, 2820, 10),
        "goodbooks": (10000, 43461, 50),
        "metabolic": (9335, 36, 3),
        "movielens": (3953, 6041, 20),
        "netflix": (47928, 8963, 20),
        "orl": (400, 10304, 49),
        "satellite": (162, 94249, 4),
    }
    assert {name for name in NAMES if published(name).density} == {
        "goodbooks",
        "movielens",
        "movielens-100k",
        "netflix",
    }


@pytest.mark.parametrize("name", [*NAMES, "cifar10", "movielens-features"])
def test_every_source_can_be_tried_and_named_by_hand(name):
    entry = published_files(name)
    assert len({source.url for source in entry.sources}) >= 2
    assert entry.page.startswith("https://")
    for source in entry.sources:
        assert source.url.startswith("https://")
        assert source.hash is None or re.fullmatch("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", source.hash)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'cifar'.*birdsong, extragalactic.*satellite"):
        published("cifar")
