"""What reruns when something changes, and nothing else: seen in dry runs over a finished run."""

import re
import shutil
from contextlib import contextmanager

import pytest

from starnmf.experiments import EXPERIMENTS
from starnmf.figures.catalogue import FIGURES
from tests.end_to_end.checkout import CONFIGURED, PLAIN, jobs, snakemake

ABOUT_ALL_DATASETS = re.compile(r"results/smoke/(figures/|tables/|report/|claims)")

LEDGER = {"judge_claims", "ledger_page"}


def dry_run(checkout, *arguments):
    """The jobs of a dry run but for the run's record, which every change makes anew."""
    planned = ["--dry-run", PLAIN, "--cores", "2", *arguments, "--configfile", "presets/smoke.yaml"]
    found = jobs(snakemake(checkout, *planned))
    return {job for job in found if not job.startswith("record:")}


@contextmanager
def edited(path, edit="\nEDITED = True\n"):
    """With something added to a file."""
    kept = path.with_name(path.name + ".kept")
    shutil.copy2(path, kept)
    path.write_text(path.read_text() + edit)
    try:
        yield
    finally:
        shutil.move(kept, path)


def test_a_datasets_rank_reruns_that_dataset_and_what_depends_on_it(small_run):
    rerun = dry_run(small_run, "--config", 'ranks={"metabolic": 3}')
    of_datasets = {job for job in rerun if not ABOUT_ALL_DATASETS.search(job)}
    assert of_datasets
    assert all("/metabolic" in job for job in of_datasets)
    assert "normalize: results/smoke/datasets/metabolic.h5" in rerun
    assert not {job for job in rerun if job.startswith("stand_in")}, "the data keep the rank they were made with"
    assert "curvature: results/smoke/landscape/metabolic/converged/curvature-rate-0.5.csv" in rerun
    assert {job for job in rerun if job.startswith("landscape_page")} == {
        "landscape_page: results/smoke/report/landscape/metabolic.html"
    }
    drawn = {job.split("/")[-1] for job in rerun if "results/smoke/figures" in job}
    assert "figure05.pdf" in drawn
    assert not {name for name in drawn if name.startswith(("figure06", "figure07"))}, "these show no metabolic panel"


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("figures/theory.py", {"figure01.pdf", "figure02.pdf", "figure14.pdf"}),
        ("figures/figure15.py", {"figure15.pdf"}),
        ("figures/figure08.py", {"figure08.pdf"}),
    ],
)
def test_editing_a_module_of_figures_redraws_these_only(small_run, module, expected):
    with edited(small_run / "workflow/starnmf" / module):
        assert {job.split("/")[-1] for job in dry_run(small_run)} == expected


def test_editing_a_stages_library_reruns_that_stage(small_run):
    with edited(small_run / "workflow/starnmf/landscape/spectrum.py"):
        rerun = dry_run(small_run)
    assert {job.split(":")[0] for job in rerun} == {"spectrum", "draw_figure", *LEDGER}
    assert {job.split("/")[-1][:8] for job in rerun if "figures" in job} == {"figure12", "figure13"}
    with edited(small_run / "workflow/starnmf/factorization/dense/flow.py"):
        rerun = dry_run(small_run)
    assert {job.split(":")[0] for job in rerun if "figure" not in job} == {
        "factorize",
        "curvature",
        "lines",
        "trajectory",
        "spectrum",
        "scales",
        "times",
        "ranks",
        "steps",
        "optima_pairs",
        "rank_choice",
        "rank_page",
        "landscape_page",
        "matrix_page",
        *LEDGER,
    }
    with edited(small_run / "workflow/starnmf/datasets/metabolic.py"):
        rerun = dry_run(small_run)
    assert all("/metabolic" in job for job in rerun if not ABOUT_ALL_DATASETS.search(job))
    assert "normalize: results/smoke/datasets/metabolic.h5" in rerun


def test_a_comment_reruns_nothing_and_a_printed_value_what_is_compared_with_it(small_run):
    for module in ("progress_bar.py", "networks/training.py", "figures/figure15.py"):
        with edited(small_run / "workflow/starnmf" / module, edit="\n# A comment.\n"):
            assert not dry_run(small_run), module
    with edited(small_run / "workflow/starnmf/tables/printed.csv", edit="table5,164,1,200,3\n"):
        rerun = dry_run(small_run)
    assert "judge_claims: results/smoke/claims.csv" in rerun
    assert not any(job.startswith(("train", "factorize")) for job in rerun)


def test_editing_the_reports_parts_makes_no_result_again(small_run):
    for part in ("report/figure.rst", "report/run.rst", "report/style.css", "rules/descriptions.smk"):
        with edited(small_run / "workflow" / part):
            assert not dry_run(small_run), part
    with edited(small_run / "workflow/starnmf/report/page.py"):
        assert {job.split(":")[0] for job in dry_run(small_run)} == {
            *("table_page", "ledger_page", "landscape_page", "matrix_page", "rank_page")
        }


def test_more_points_remeasure_curvature_without_descending_again(small_run):
    rerun = dry_run(small_run, "--config", "points=5")
    assert {job.split(":")[0] for job in rerun} == {
        "curvature",
        "ranks",
        "rank_choice",
        "rank_page",
        "times",
        "draw_figure",
        *LEDGER,
        "landscape_page",
        "matrix_page",
    }


def test_more_trials_repeat_the_theorems_only(small_run):
    rerun = dry_run(small_run, "--config", "trials=600")
    tables = [experiment.table for experiment in EXPERIMENTS.values() if experiment.trials_key == "trials"]
    drawn = [name for name, figure in FIGURES.items() if figure.table in tables]
    assert {job for job in rerun if job.startswith("experiment")} == {
        f"experiment: results/smoke/{table.path}" for table in tables
    }
    assert {job.split(":")[0] for job in rerun} == {"experiment", "draw_figure", *LEDGER}
    assert {job for job in rerun if job.startswith("draw")} == {
        f"draw_figure: results/smoke/figures/{name}.pdf" for name in drawn
    }


def test_a_changed_setting_is_the_reason(small_run):
    again = snakemake(small_run, "--dry-run", "theory", *CONFIGURED, "--config", "trials=2")
    assert again.returncode == 0, again.stderr
    reasons = [line for line in again.stdout.splitlines() if line.startswith("experiment theory/")]
    assert reasons
    assert all(re.search(r": parameters changed from '--trials \d+' to '--trials 2'$", line) for line in reasons)
    assert not re.search(r"[0-9a-f]{32}", again.stdout)


@pytest.mark.extended
@pytest.mark.parametrize(
    ("more", "measured"),
    [
        ("isometry_starts=500", ["isometry/descent", "isometry/pairs", "isometry/starts"]),
        ("purification_trials=2", ["purification/convergence", "purification/conditions", "purification/floors"]),
        (
            "inductive_trials=2",
            [
                *("inductive/first_row", "inductive/conditioning", "inductive/deviations", "inductive/convergence"),
                *("inductive/phases", "inductive/cold_start"),
            ],
        ),
    ],
)
def test_more_work_for_a_companion_repeats_that_companion_only(smoke_run, more, measured):
    rerun = dry_run(smoke_run, "--config", more)
    tables = {job.split(": ")[1] for job in rerun if job.startswith(("experiment", "cold_start"))}
    assert tables == {f"results/smoke/companions/{name}.csv" for name in measured}
    assert {job.split(":")[0] for job in rerun} - {"experiment", "cold_start"} == {"draw_figure", *LEDGER}
    assert not {job for job in rerun if "figure14" in job}


@pytest.mark.extended
def test_without_movielens_no_user_is_unseen(small_run):
    wanted = dry_run(small_run, "--forceall", "--config", 'datasets=["orl"]', 'experiments=["inductive"]')
    assert "experiment: results/smoke/companions/inductive/phases.csv" in wanted
    assert not {job for job in wanted if "cold_start" in job or "figureS13" in job}


@pytest.mark.extended
def test_more_directions_measure_again_without_training_again(small_run):
    rerun = dry_run(small_run, "--config", "directions=4")
    assert {job.split(":")[0] for job in rerun} == {"lengths", "table2", "table_page", *LEDGER}


@pytest.mark.extended
def test_another_network_is_trained_alone(small_run):
    rerun = dry_run(small_run, "networks", "--config", 'networks=["resnet8-k0.25", "resnet8-k0.5-plain"]')
    assert {job for job in rerun if job.startswith("train")} == {
        "train: results/smoke/networks/resnet8-k0.5-plain/training-0/checkpoints.h5"
    }


def test_more_trainings_keep_those_there_are(small_run):
    """Every network is trained and measured once more; Figure 8 draws the first training and stays."""
    rerun = dry_run(small_run, "--config", "trainings=2")
    rules = {"lengths", "network_surface", "train"}
    files = [job.split(": ")[1] for job in rerun if job.split(":")[0] in rules]
    assert len(files) == 3
    assert all("/training-1/" in file for file in files)
    assert {job.split(":")[0] for job in rerun} == {*rules, "table2", "table3", "table_page", *LEDGER}
    assert not {job for job in rerun if "figure08" in job}


@pytest.mark.extended
def test_a_run_without_networks_has_none_in_it(small_run):
    wanted = dry_run(small_run, "--forceall", "--config", "networks=[]")
    assert not {job for job in wanted if "networks" in job or "cifar10" in job or "figure08" in job}
    assert "table2: results/smoke/tables/table2.csv" in wanted


@pytest.mark.extended
def test_companions_are_in_the_run_as_asked(small_run):
    wanted = dry_run(small_run, "--config", 'experiments=["isometry"]')
    measured = {job.split(": ")[1].rsplit("/", 1)[0] for job in wanted if job.startswith("experiment")}
    assert measured == {"results/smoke/companions/isometry"}
    drawn = {job.split("/")[-1] for job in wanted if "results/smoke/figures" in job}
    assert drawn == {"figureS1.pdf", "figureS2.pdf", "figureS3.pdf"}


def test_when_states_are_saved_reruns_nothing_and_how_far_descents_go_reruns_them(small_run):
    assert not dry_run(small_run, "--config", "resume_minutes=1")
    rerun = dry_run(small_run, "--config", "gradient_cap=700")
    assert "factorize: results/smoke/factorization/metabolic/published/rate-1.0.h5" in rerun


@pytest.mark.extended
def test_hals_finds_optima_and_no_way_to_them(small_run):
    wanted = dry_run(small_run, "--forceall", "--config", "descent=hals", 'datasets=["orl", "metabolic"]')
    named = {job.split(": ")[1] for job in wanted}
    assert "results/smoke/landscape/orl/published/trajectory.csv" in named
    assert "results/smoke/landscape/orl/converged/curvature-rate-1.0.csv" in named
    assert not {name for name in named if "converged/trajectory" in name or "times.csv" in name}
    assert not {name for name in named if "figure15" in name or "figure09-converged" in name}


@pytest.mark.extended
def test_every_figure_and_table_is_a_target_by_its_name(smoke_run):
    of_regimes = ("03", "04", "05", "06", "07", "09", "10", "11", "12", "17", "18")
    both = {f"figure{number}{regime}.pdf" for number in of_regimes for regime in ("", "-converged")}
    for targets, drawn, tables in (
        ([f"figure{int(number)}" for number in of_regimes], both, set()),
        (["figure3", "table5"], {"figure03.pdf", "figure03-converged.pdf"}, {"table5.csv"}),
        (["figure15", *(f"table{number}" for number in range(2, 5))], {"figure15.pdf"},
         {f"table{number}.csv" for number in range(2, 5)}),
    ):  # fmt: skip
        wanted = dry_run(smoke_run, *targets, "--forceall")
        assert {job.split("/")[-1] for job in wanted if "results/smoke/figures" in job} == drawn
        assert {job.split("/")[-1] for job in wanted if "results/smoke/tables" in job} == tables
    shown = {job for job in dry_run(smoke_run, "figure8", "--forceall") if "figure08" in job or "surface" in job}
    assert {job.split("/")[-2:][-1] for job in shown} == {"figure08.pdf", "surface.csv"}
    alone = ["figure01", "figure02", "figure14", "figureS1"]
    wanted = dry_run(smoke_run, *(name.replace("figure0", "figure") for name in alone), "--forceall")
    assert {job.split("/")[-1] for job in wanted if "results/smoke/figures" in job} == {f"{name}.pdf" for name in alone}
    assert len(wanted) == 2 * len(alone), "the table each is drawn from, and the figure"
    assert {job.split(":")[0] for job in dry_run(smoke_run, "table6", "--forceall")} == {"table6"}
    assert "judge_claims: results/smoke/claims.csv" in dry_run(smoke_run, "claims", "--forceall")
    assert "table1: results/smoke/tables/table1.csv" in dry_run(smoke_run, "tables", "--forceall")
