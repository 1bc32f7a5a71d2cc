"""The configuration: what is read as numbers, user-supplied matrices, and what is refused beyond the schema."""

from pathlib import Path

import pytest
import yaml

from starnmf.choices import BatchNorm, Device, Regime, Source
from starnmf.configuration import check_names, own_datasets, with_numbers
from starnmf.errors import InputError

ROOT = Path(__file__).parents[1]
DEFAULTS = yaml.safe_load((ROOT / "config.yaml").read_text())


def test_numbers_in_lists_and_mappings_are_read():
    typed = {"rates": ["0.5", "1"], "orl": {"rank": "3", "path": "a.csv"}, "none": None, "seed": 4}
    read = {"rates": [0.5, 1], "orl": {"rank": 3, "path": "a.csv"}, "none": None, "seed": 4}
    assert with_numbers(typed) == read


def test_own_has_the_name_of_its_file_and_is_alone():
    several = {"mine": {"path": "mine.csv"}}
    assert own_datasets(DEFAULTS | {"own_datasets": several}) == several
    alone = own_datasets(DEFAULTS | {"own": "a/my data.v2.csv", "rank": 3, "own_datasets": several})
    read = {"path": "a/my data.v2.csv", "rank": 3, "key": None, "layout": "matrix", "missing": "zero"}
    assert alone == {"my-data": read}


def test_the_default_configuration_is_valid():
    check_names(DEFAULTS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"descent": "newton"}, "descent: found 'newton'; expected one of flow, steps, hals"),
        ({"datasets": ["metabolism"]}, "datasets: found 'metabolism'; expected some of birdsong, "),
        ({"ranks": {"orl": 3}}, "ranks: nothing found for birdsong; expected a value for every dataset"),
        ({"networks": ["resnet21-k1"]}, "networks: a network of 21 layers; expected 6 n"),
        ({"own": "nowhere.csv"}, "nowhere: found no file nowhere.csv; expected the path of a matrix"),
        ({"own_datasets": {"orl": {"path": "a.csv"}}}, "own_datasets: found the name 'orl'; expected letters, "),
    ],
)
def test_what_is_wrong_is_named(changed, message):
    with pytest.raises(InputError, match=message):
        check_names(DEFAULTS | changed)


def test_without_data_no_file_of_a_matrix_is_needed():
    check_names(DEFAULTS | {"own": "nowhere.csv", "redraw": True})


def test_the_schema_has_the_choices_of_the_commands():
    keys = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())["properties"]
    assert set(keys["regimes"]["items"]["enum"]) == set(Regime)
    assert set(keys["source"]["enum"]) == set(keys["sources"]["additionalProperties"]["enum"]) == set(Source)
    assert set(keys["device"]["enum"]) == set(Device)
    assert set(keys["batch_norm"]["enum"]) == set(BatchNorm)
