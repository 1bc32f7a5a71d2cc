"""Mistakes in the configuration: one line for each of them, for every key, and no others."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from starnmf.choices import Descent
from starnmf.configuration import own_datasets, ranks_tried, read_configuration
from starnmf.datasets.registry import ALL_NAMES, NAMES
from starnmf.errors import InputError
from tests.end_to_end.checkout import snakemake

ROOT = Path(__file__).parents[1]
DEFAULTS = yaml.safe_load((ROOT / "config.yaml").read_text())
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"

ONE_OR_MORE = "expected a whole number, at least 1"
DATASETS = ", ".join(NAMES)

# For every key a value that it cannot have, as in a file of a configuration, and what is said of it.
MISTAKES = {
    "run": (
        "a/b",
        ": found 'a/b'; expected letters, digits, dots, - and _, beginning with a letter or digit, but no number "
        "alone; or null",
    ),
    "preset": (
        3,
        ": found 3; expected letters, digits, dots, - and _, beginning with a letter or digit, but no number alone; "
        "or null",
    ),
    "only": (
        "metabolik",
        f": found 'metabolik'; expected one of {DATASETS}, null; did you mean 'metabolic'?",
    ),
    "datasets": (
        ["orl", "metabolik"],
        f"[1]: found 'metabolik'; expected one of {DATASETS}; did you mean 'metabolic'?",
    ),
    "source": ("standin", ": found 'standin'; expected one of published, mirror, stand-in; did you mean 'stand-in'?"),
    "mirror": (
        "",
        ": found ''; expected a folder with published files, the address of a server of such a folder, or null",
    ),
    "offline": (1, ": found 1; expected true or false"),
    "sources": (
        {"cifar": "published"},
        f".cifar: found 'cifar'; expected one of {DATASETS}, cifar10; did you mean 'cifar10'?",
    ),
    "lowest_rate": (-1, ": found -1; expected a number, at least 0"),
    "download_hours": (0, ": found 0; expected a number, above 0"),
    "expanded_limit": (0, f": found 0; {ONE_OR_MORE}"),
    "own": (["a.csv"], ": found ['a.csv']; expected the path of a file that holds a matrix, or null"),
    "rank": (2.5, ": found 2.5; expected a whole number, at least 1, or null"),
    "key": (3.5, ": found 3.5; expected the name of an array or of a file in an archive, or null"),
    "layout": ("rating", ": found 'rating'; expected one of matrix, ratings, null; did you mean 'ratings'?"),
    "names": ("row", ": found 'row'; expected one of none, rows, columns, both, null; did you mean 'rows'?"),
    "missing": (None, ": found null; expected one of zero, unobserved"),
    "own_datasets": (
        {"mine": {"path": "a.csv", "rnk": 4}},
        ".mine.rnk: found an unknown key; expected path, rank, key, layout, names, missing; did you mean 'rank'?",
    ),
    "ranks": (
        {"metabolik": 4},
        f".metabolik: found 'metabolik'; expected one of {DATASETS}; did you mean 'metabolic'?",
    ),
    "shapes": (
        {"orl": [100, 644, 3, 4]},
        ".orl: found [100, 644, 3, 4]; expected numbers of rows and columns, and the rank, each at least 2, "
        "such as [933, 36, 3]",
    ),
    "options": (
        {"netflx": {"draw": "counts"}},
        f".netflx: found 'netflx'; expected one of {DATASETS}; did you mean 'netflix'?",
    ),
    "regimes": (
        ["convergd"],
        "[0]: found 'convergd'; expected one of literal, published, converged; did you mean 'converged'?",
    ),
    "rates": (
        [0.2, 0.4],
        ": found [0.2, 0.4]; expected a list of shares of rows and columns, each once, with 1.0 among them, "
        "such as [0.5, 1.0]",
    ),
    "subsamples": (-1, f": found -1; {ONE_OR_MORE}"),
    "optima": ("ten", f": found 'ten'; {ONE_OR_MORE} and at most 1000000"),
    "points": (0, f": found 0; {ONE_OR_MORE}"),
    "repetitions": (1.5, f": found 1.5; {ONE_OR_MORE}"),
    "lines": ([5], f": found [5]; {ONE_OR_MORE}"),
    "rank_factors": (
        [1, 1.0],
        ": found 1.0 twice; expected a list of multiples of the ranks, each once, with 1.0 among them, "
        "such as [0.5, 1.0, 2.0]",
    ),
    "ranks_tried": (
        "2 to 12",
        ": found '2 to 12'; expected a range such as 2-12, a list of ranks, each once, such as [2, 4, 8], or null",
    ),
    "trials": (None, f": found null; {ONE_OR_MORE}"),
    "experiments": (
        ["isometri"],
        "[0]: found 'isometri'; expected one of theory, isometry, purification, inductive; did you mean 'isometry'?",
    ),
    "isometry_starts": (True, f": found true; {ONE_OR_MORE}"),
    "purification_trials": ({"a": 1}, f": found {{'a': 1}}; {ONE_OR_MORE}"),
    "inductive_trials": (float("inf"), f": found inf; {ONE_OR_MORE}"),
    "networks": (
        ["resnet20_k4"],
        "[0]: found network 'resnet20_k4'; expected a name such as resnet20-k4, or resnet20-k4-plain without "
        "shortcuts; did you mean 'resnet20-k4'?",
    ),
    "trainings": (0, f": found 0; {ONE_OR_MORE}"),
    "stand_in_images": (
        [512],
        ": found [512]; expected numbers of training and test images, each at least 1, such as [512, 256]",
    ),
    "epochs": (4, ": found 4; expected a whole number, at least 3 and a multiple of 3"),
    "resume_every": (0, f": found 0; {ONE_OR_MORE}"),
    "directions": (1, ": found 1; expected a whole number, at least 2"),
    "line_points": (50, ": found 50; expected an odd whole number, at least 7"),
    "line_images": ("all", f": found 'all'; {ONE_OR_MORE}"),
    "batch_norm": ("evla", ": found 'evla'; expected one of eval, batch; did you mean 'eval'?"),
    "surface_points": (2, ": found 2; expected a whole number, at least 3"),
    "learning_rate": (float("nan"), ": found nan; expected a number, above 0"),
    "steps": (0, f": found 0; {ONE_OR_MORE}"),
    "descent": ("flows", f": found 'flows'; expected one of {', '.join(Descent)}; did you mean 'flow'?"),
    "rest": (0.5, ": found 0.5; expected a number, above 0 and at most 0.1"),
    "gradient_cap": (0, f": found 0; {ONE_OR_MORE}"),
    "resume_minutes": (-5, ": found -5; expected a number, above 0"),
    "redraw": ("maybe", ": found 'maybe'; expected true or false"),
    "device": ("cdua", ": found 'cdua'; expected one of auto, cpu, cuda; did you mean 'cuda'?"),
    "threads": (0, f": found 0; {ONE_OR_MORE}"),
    "seed": (2**63, f": found {2**63}; expected a whole number, at least 0 and at most {2**63 - 1}"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What Snakemake says of a configuration in which every key has a wrong value, and one key is unknown."""
    file = tmp_path_factory.mktemp("wrong") / "wrong.yaml"
    wrong = {key: value for key, (value, _) in MISTAKES.items()}
    file.write_text(yaml.safe_dump(wrong | {"optimas": 3}))
    planned = snakemake(ROOT, "--dry-run", "--cores", "1", "--configfile", file)
    assert planned.returncode == 1
    return [line.removeprefix("error: ") for line in (planned.stdout + planned.stderr).splitlines()]


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_mistake_is_one_line_with_what_was_found_and_expected(said, key):
    assert key in MISTAKES, f"{key} needs a mistake, and what is said of it, in MISTAKES"
    assert [line for line in said if re.match(rf"{key}\b(?!_)", line)] == [key + MISTAKES[key][1]]


def test_nothing_else_is_said_and_keys_that_are_unknown_are_named(said):
    assert "optimas: found an unknown key; expected a key of config.yaml; did you mean 'optima'?" in said
    assert len(said) <= len(MISTAKES) + 6


def mistakes(typed=None, files=(), **settings):
    with pytest.raises(InputError) as raised:
        read_configuration(DEFAULTS | settings, SCHEMA, typed, files)
    return str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"ranks": DEFAULTS["ranks"] | {"metabolic": 400}},
            "ranks.metabolic: found 400; expected 2 to 36, as its synthetic data are 933 x 36",
        ),
        (
            {"ranks": DEFAULTS["ranks"] | {"orl": 1}},
            "ranks.orl: found 1; expected 2 to 100, as its synthetic data are 100 x 644",
        ),
        (
            {"ranks": DEFAULTS["ranks"] | {"orl": 401}, "sources": {"orl": "published"}},
            "ranks.orl: found 401; expected 1 to 400, as the published matrix is 400 x 10304",
        ),
        (
            {
                "ranks": DEFAULTS["ranks"] | {"birdsong": 33},
                "sources": {"birdsong": "published"},
                "options": {"birdsong": {"rows": 5120, "columns": "32"}},
            },
            "ranks.birdsong: found 33; expected 1 to 32, as the published matrix is 5120 x 32",
        ),
        (
            {"shapes": DEFAULTS["shapes"] | {"metabolic": [933, 36, 37]}},
            "shapes.metabolic[2]: found 37; expected a rank of 2 to 36, as its synthetic data are 933 x 36",
        ),
        (
            {"only": "orl", "own": f"{ROOT}/config.yaml"},
            f"only: found orl, and own is {ROOT}/config.yaml; expected one of them alone",
        ),
        (
            {"ranks": {"orl": 3}, "datasets": ["satellite"]},
            "ranks.satellite: found nothing; expected a value for every dataset",
        ),
        (
            {"shapes": DEFAULTS["shapes"] | {"satellite": [81, 1224, 4]}},
            "shapes.satellite: found 1224 columns of synthetic data; expected a square number of pixels, such as 1156 "
            "or 1225",
        ),
        (
            {"rates": [0.01, 1.0]},
            "rates[0]: found 0.01, which leaves nothing of the smaller side of metabolic, 36; expected more than 0.014",
        ),
        (
            {"rank_factors": [1.0, 100]},
            "rank_factors[1]: found 100, at which no dataset has a rank; expected below 55.2",
        ),
        (
            {"ranks_tried": "12-2"},
            "ranks_tried: found '12-2', which holds no rank above 1; expected such as 2-12, or a list such as "
            "[2, 4, 8]",
        ),
        (
            {"ranks_tried": [1]},
            "ranks_tried: found [1], which holds no rank above 1; expected such as 2-12, or a list such as [2, 4, 8]",
        ),
        ({"ranks_tried": "2-999999"}, "ranks_tried: found 999,998 ranks; expected at most 1,000"),
        ({"ranks_tried": [2, 0]}, "ranks_tried[1]: found 0; expected a whole number, at least 1"),
        (
            {"options": {"netflix": {"drw": "counts"}}},
            "options.netflix.drw: found an unknown option; expected draw, user_share, movie_share, users, movies; "
            "did you mean 'draw'?",
        ),
        (
            {"options": {"extragalactic": {"negative": "klip"}}},
            "options.extragalactic.negative: found 'klip'; expected one of clip, keep; did you mean 'clip'?",
        ),
        (
            {"options": {"netflix": {"user_share": float("nan")}}},
            "options.netflix.user_share: found nan; expected a number or a word",
        ),
        (
            {"source": "mirror", "datasets": ["orl"], "networks": []},
            "mirror: found null, and the source of orl is a mirror; expected a folder or https://...",
        ),
        (
            {"mirror": f"{ROOT}/benchmrks"},
            f"mirror: found no folder {ROOT}/benchmrks; expected a folder or https://...; did you mean 'benchmarks'?",
        ),
        (
            {"own": f"{ROOT}/config.yml"},
            f"own: found no file {ROOT}/config.yml; expected the path of a matrix; did you mean 'config.yaml'?",
        ),
        (
            {"only": "metabolic", "rank": 5},
            "own: found null, and rank is 5, which says how it is read; expected the path of a matrix. The ranks of "
            "datasets are `ranks`, such as {metabolic: 5}",
        ),
        ({"line_images": 513}, "line_images: found 513; expected at most the 512 training images"),
        (
            {"descent": "hals", "datasets": ["orl", "movielens"]},
            "descent: found 'hals' with movielens, of which not all entries are observed; expected "
            f"{' or '.join(one for one in Descent if not one.needs_all_entries)}, or "
            "other datasets",
        ),
        (
            {"networks": ["resnet8-k1", "resnet8-k1.0"]},
            "networks[1]: found 'resnet8-k1.0'; expected 'resnet8-k1', the usual name of that network",
        ),
        (
            {"own_datasets": {2024: {"path": "a.csv"}}},
            "own_datasets.2024: found the name 2024, which YAML reads as no text; expected it in quotes",
        ),
        (
            {"own_datasets": {"orl": {"path": "a.csv"}}},
            "own_datasets.orl: found the name 'orl'; expected letters, digits, - and _, and none of "
            f"{', '.join(ALL_NAMES)}",
        ),
        ({"rates": [float("nan"), 1.0]}, "rates[0]: found nan; expected a number, at least 0.0001 and at most 1"),
    ],
)
def test_what_follows_from_several_keys_is_known_before_anything_runs(settings, line):
    assert mistakes(**settings) == [line]


def test_mistakes_in_several_keys_are_all_named():
    found = mistakes(
        mirror="nowhere", datasets=["orl", "metabolic"], ranks={"orl": 401, "metabolic": 37}, own_datasets={}, optima=0
    )
    assert [line.split(";")[0] for line in found] == [
        "optima: found 0",
        "ranks.orl: found 401",
        "ranks.metabolic: found 37",
        "mirror: found no folder nowhere",
    ]


@pytest.mark.parametrize("name", ["orl.csv", "cifar10.csv", "movielens-features.csv", ".csv", "é.csv", "-.csv"])
def test_a_matrix_without_a_name_of_its_own_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    (line,) = mistakes(own=str(tmp_path / name))
    assert line.startswith(f"own: found the name {name.split('.')[0].strip('-é')!r}, from ")


@pytest.mark.parametrize("name", ["a{b}.csv", "{dataset}.csv", "a\nb.csv"])
def test_a_name_that_snakemake_would_read_otherwise_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    (line,) = mistakes(own=str(tmp_path / name))
    assert line.endswith("expected a path without braces and line breaks. Rename the file")


def test_a_key_without_a_value_on_the_command_line_is_a_mistake():
    (line,) = mistakes(typed={"mirror": None, "seed": 3})
    assert line.startswith("mirror: found nothing after mirror=; expected a folder with published files")


def test_a_key_that_is_missing_is_named():
    with pytest.raises(
        InputError, match=r"^optima: found nothing; expected a whole number, at least 1 and at most 1000000$"
    ):
        read_configuration({key: value for key, value in DEFAULTS.items() if key != "optima"}, SCHEMA)


def test_a_key_that_is_in_a_file_twice_is_named(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("optima: 3\nranks:\n  orl: 3\n  metabolic: 3\n  orl: 4\n")
    assert mistakes(files=[file]) == ["ranks.orl: found twice, again in line 5 of mine.yaml; expected every key once"]


def test_what_is_typed_is_read_as_its_schema_says():
    typed = {"rates": ["0.5", "1"], "own_datasets": {"3": {"path": __file__, "rank": "3", "key": "7"}}}
    typed |= {"offline": "true", "rank": "null", "learning_rate": "1e-7", "optima": 10.0, "seed": "4"}
    typed |= {"own": __file__, "key": 1, "names": "null", "layout": "null"}
    read = read_configuration(DEFAULTS | typed, SCHEMA)
    assert {key: read[key] for key in typed} == {
        "rates": [0.5, 1],
        "own_datasets": {"3": {"path": __file__, "rank": 3, "key": "7"}},
        "offline": True,
        "rank": None,
        "learning_rate": 1e-7,
        "optima": 10,
        "seed": 4,
        "own": __file__,
        "key": 1,
        "names": None,
        "layout": None,
    }
    assert isinstance(read["optima"], int)


@pytest.mark.parametrize(
    ("typed", "expected"), [("3-6", [3, 4, 5, 6]), (["2", "8"], [2, 8]), ("null", None), ("5-5", [5])]
)
def test_ranks_to_try_are_those_of_a_range_or_a_list(typed, expected):
    assert ranks_tried(read_configuration(DEFAULTS | {"ranks_tried": typed}, SCHEMA)) == expected


def test_own_has_the_name_of_its_file_and_is_alone():
    several = {"mine": {"path": "mine.csv"}}
    assert own_datasets(DEFAULTS | {"own_datasets": several}) == several
    alone = own_datasets(DEFAULTS | {"own": "a/my data.v2.csv", "rank": 3, "own_datasets": several})
    read = {"path": "a/my data.v2.csv", "rank": 3, "key": None, "layout": None, "names": None, "missing": "zero"}
    assert alone == {"my-data": read}


@pytest.mark.parametrize("presets", [[], ["paper"], ["paper", "real"], ["paper", "networks-small"], ["smoke"]])
def test_presets_are_valid(presets):
    configuration = dict(DEFAULTS)
    for preset in presets:
        configuration |= yaml.safe_load((ROOT / f"presets/{preset}.yaml").read_text())
    assert read_configuration(configuration, SCHEMA) == configuration


def test_without_data_no_file_of_a_matrix_is_needed():
    read_configuration(DEFAULTS | {"own": "nowhere.csv", "redraw": True}, SCHEMA)


def test_the_checks_load_no_numerical_library():
    program = "import sys, starnmf.configuration; print({'numpy', 'pandas', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"
