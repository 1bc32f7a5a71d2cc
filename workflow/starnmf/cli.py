"""The command line: one command per rule of the pipeline, each usable on its own.

Heavy libraries are imported by the commands that use them, so that every command starts as fast as
it can.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from starnmf.datasets.limits import EXPANDED_LIMIT
from starnmf.errors import InputError
from starnmf.factorization import RESUME_MINUTES

app = typer.Typer(help="Star-convexity in NMF, measured.", no_args_is_help=True, pretty_exceptions_enable=False)
datasets = typer.Typer(help="Published files and stand-ins, to normalised matrices.", no_args_is_help=True)
factorization = typer.Typer(help="Many restarts, each to an optimum.", no_args_is_help=True)
landscape = typer.Typer(help="Curvature of the loss along lines.", no_args_is_help=True)
experiments = typer.Typer(
    help="Theory and companions: tables that are measured on random instances.", no_args_is_help=True
)
networks = typer.Typer(help="ResNets on CIFAR-10, and how far their loss is convex.", no_args_is_help=True)
figures = typer.Typer(help="The paper's figures.", no_args_is_help=True)
tables = typer.Typer(help="The paper's tables.", no_args_is_help=True)
claims = typer.Typer(help="Of every claim of the paper, whether it holds.", no_args_is_help=True)
report = typer.Typer(help="Pages of the report: tables to read, plots to look into.", no_args_is_help=True)
provenance = typer.Typer(help="What a run says of its making, and how it is passed on.", no_args_is_help=True)
for stage, name in (
    (datasets, "datasets"),
    (factorization, "factorization"),
    (landscape, "landscape"),
    (experiments, "experiments"),
    (networks, "networks"),
    (figures, "figures"),
    (tables, "tables"),
    (claims, "claims"),
    (report, "report"),
    (provenance, "provenance"),
):
    app.add_typer(stage, name=name)

Threads = Annotated[int, typer.Option(min=1, help="Threads; the result does not depend on their number.")]
Seed = Annotated[int, typer.Option(help="The run's seed.")]
ExpandedLimit = Annotated[int, typer.Option(min=1, help="Most bytes that one compressed file may expand to.")]
Options = Annotated[list[str] | None, typer.Option("--option", help="A reading option of the dataset, as key=value.")]
MatrixFile = Annotated[Path, typer.Argument(help="HDF5 of a matrix.", exists=True)]
FactorsFile = Annotated[Path, typer.Argument(help="HDF5 of factors.", exists=True)]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
ImagesFile = Annotated[Path, typer.Argument(help="HDF5 of images.", exists=True)]
RecordFile = Annotated[Path, typer.Argument(help="JSON of the run's record.", exists=True)]
CheckpointsFile = Annotated[Path, typer.Argument(help="HDF5 of a network's checkpoints.", exists=True)]
LineImages = Annotated[int, typer.Option(min=1, help="Training images the loss is taken on.")]
BatchNorm = Annotated[str, typer.Option(help="eval: by the training's statistics; batch: by those of batches.")]
OutputCsv = Annotated[Path, typer.Argument(help="CSV to write.")]
CsvOption = Annotated[Path, typer.Option(help="CSV to write.")]
MarkdownOption = Annotated[Path, typer.Option(help="Markdown to write.")]
LatexOption = Annotated[Path, typer.Option(help="LaTeX to write.")]
PdfOption = Annotated[Path, typer.Option(help="PDF to write.")]
PngOption = Annotated[Path, typer.Option(help="PNG to write.")]


def main() -> None:
    """Run a command; an `InputError` is one line on stderr and exit code 1."""
    # Parallelism is ours: fixed blocks on our own threads (starnmf.blocks), one BLAS thread in each.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    try:
        app()
    except InputError as error:
        print(f"starnmf: error: {error}", file=sys.stderr)
        sys.exit(1)


@datasets.command("stand-in")
def write_stand_in(
    dataset: str,
    folder: Annotated[Path, typer.Argument(help="Folder the raw files are written to.")],
    rank: Annotated[int, typer.Option(help="Rank of the planted structure.")],
    shape: Annotated[str | None, typer.Option(help="Shape of the matrix, as 320x156; default: the paper's.")] = None,
    seed: Seed = 0,
) -> None:
    """Write generated raw files in a dataset's published format."""
    from starnmf.datasets.stand_in import write_stand_in

    write_stand_in(dataset, folder, _parse_shape(shape), rank, seed)


@datasets.command("fetch")
def fetch(
    dataset: str,
    folder: Annotated[Path, typer.Argument(help="Folder the files are saved in.")],
    record: Annotated[Path, typer.Option(help="JSON that keeps checksums that nobody published.")],
    mirror: Annotated[
        str | None, typer.Option(help="Address of a mirror to fetch from, in place of publishers.")
    ] = None,
    offline: Annotated[bool, typer.Option(help="Download nothing; say what is missing.")] = False,
) -> None:
    """Download a dataset's published files and verify them; what is there already is only verified."""
    from starnmf.datasets.fetching import fetch

    fetch(dataset, folder, record, mirror, offline)


@datasets.command("normalize")
def normalize(
    dataset: str,
    folder: Annotated[Path, typer.Argument(help="Folder that holds the published files.", exists=True)],
    output: Annotated[Path, typer.Argument(help="HDF5 to write.")],
    description: Annotated[Path, typer.Argument(help="CSV to write: what the matrix is, in one row.")],
    source: Annotated[str, typer.Option(help="Where the files come from: published, mirror or stand-in.")],
    rank: Annotated[int, typer.Option(help="Rank of the factorization.")],
    seed: Seed = 0,
    option: Options = None,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Parse a dataset's raw files to a matrix whose observed entries have variance 1."""
    from starnmf.datasets.normalization import normalize
    from starnmf.matrix import save_matrix, write_description

    matrix = normalize(dataset, folder, source, rank, seed, _parse_options(option or []), expanded_limit)
    save_matrix(matrix, output)
    write_description(matrix, description)


@datasets.command("own")
def own(
    name: Annotated[str, typer.Argument(help="Name of the dataset in results and figures.")],
    file: Annotated[Path, typer.Argument(help="File that holds the matrix.")],
    output: Annotated[Path, typer.Argument(help="HDF5 to write.")],
    description: Annotated[Path, typer.Argument(help="CSV to write: what the matrix is, in one row.")],
    rank: Annotated[
        int | None, typer.Option(help="Rank of the factorization; suggested where it is not given.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Name of the array, or of the file in an archive.")] = None,
    option: Options = None,
    seed: Seed = 0,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Read anybody's own matrix and scale it to variance 1. Options: layout=ratings,
    missing=unobserved.
    """
    from starnmf.datasets import own_files
    from starnmf.datasets.options import read_options
    from starnmf.datasets.own import own_matrix
    from starnmf.matrix import save_matrix, write_description

    options = read_options(own_files.Options, name, _parse_options(option or []))
    matrix = own_matrix(name, file, key, options, rank, seed, expanded_limit)
    save_matrix(matrix, output)
    write_description(matrix, description)


@datasets.command("subsample")
def subsample(
    matrix: MatrixFile,
    output: Annotated[Path, typer.Argument(help="HDF5 to write.")],
    rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of rows and of columns to keep.")],
) -> None:
    """Keep a random share of the rows and of the columns."""
    from starnmf.matrix import load_matrix, save_matrix, subsample

    save_matrix(subsample(load_matrix(matrix), rate), output)


@datasets.command("stand-in-images")
def write_stand_in_images(
    folder: Annotated[Path, typer.Argument(help="Folder the batches are written to.")],
    training: Annotated[int, typer.Option(min=1, help="Training images.")],
    test: Annotated[int, typer.Option(min=1, help="Test images.")],
    seed: Seed = 0,
) -> None:
    """Write generated images in CIFAR-10's binary format."""
    from starnmf.datasets.cifar10 import write_stand_in

    write_stand_in(folder, training, test, seed)


@datasets.command("images")
def images(
    folder: Annotated[Path, typer.Argument(help="Folder that holds CIFAR-10, or a part of it.", exists=True)],
    output: Annotated[Path, typer.Argument(help="HDF5 to write.")],
    source: Annotated[str, typer.Option(help="Where the files come from: published, mirror or stand-in.")],
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Parse CIFAR-10's binary files to training and test images."""
    from starnmf.datasets.cifar10 import read_images
    from starnmf.images import save_images

    save_images(read_images(folder, source, expanded_limit), output)


@factorization.command("run")
def factorize(
    matrix: MatrixFile,
    folder: Annotated[Path, typer.Argument(help="Folder to write to: REGIME/rate-RATE.h5 and .csv in it.")],
    regime: Annotated[list[str], typer.Option(help="literal, published or converged; may be given several times.")],
    restarts: Annotated[int, typer.Option(min=1, help="Starts to descend from.")],
    repetitions: Annotated[int, typer.Option(min=0, help="Keep snapshots along so many of them.")] = 0,
    descent: Annotated[
        str, typer.Option(help="flow; steps, gradient descent's own; or hals, for the optima of converged only.")
    ] = "flow",
    learning_rate: Annotated[float, typer.Option(help="The paper's learning rate.")] = 1e-7,
    steps: Annotated[int, typer.Option(min=1, help="The paper's number of steps.")] = 10_000,
    rest: Annotated[float, typer.Option(help="Converged: fall of the loss over the last doubling of time.")] = 1e-3,
    gradient_cap: Annotated[int, typer.Option(min=1, help="Most gradients of a restart.")] = 30_000,
    resume_minutes: Annotated[
        float, typer.Option(min=0, envvar=RESUME_MINUTES, help="Minutes between two saved states.")
    ] = 5.0,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Follow a matrix's restarts to the ends of regimes; a run that was stopped resumes."""
    from shutil import rmtree

    from starnmf.device import choose_device
    from starnmf.factorization.descent import Resume, factorize
    from starnmf.factorization.regimes import Settings
    from starnmf.factorization.summary import write_summary
    from starnmf.factors import save_factors
    from starnmf.matrix import load_matrix

    X = load_matrix(matrix)
    name = f"rate-{X.description.rate}"
    unfinished = folder / f"unfinished-{name}"
    settings = Settings(descent, learning_rate, steps, rest, gradient_cap)
    resume = Resume(unfinished, 60 * resume_minutes)
    found = factorize(
        X, tuple(regime), settings, restarts, min(repetitions, restarts), choose_device(device), threads, resume
    )
    for name_of_regime, factors in found.items():
        save_factors(factors, folder / name_of_regime / f"{name}.h5")
        write_summary(factors, folder / name_of_regime / f"{name}.csv")
    rmtree(unfinished, ignore_errors=True)


@landscape.command("curvature")
def curvature(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    points: Annotated[int, typer.Option(min=1, help="Random points to measure from.")],
    threads: Threads = 1,
) -> None:
    """Curvature (eq. 6) and chord violation from every random point to every optimum."""
    from starnmf.factors import load_factors
    from starnmf.landscape.curvature import measure_curvature
    from starnmf.matrix import load_matrix
    from starnmf.whole_file import write_csv

    write_csv(measure_curvature(load_matrix(matrix), load_factors(factors), points, threads), output)


@landscape.command("lines")
def along_lines(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    lines: Annotated[int, typer.Option(min=1, help="Lines of each kind.")] = 5,
) -> None:
    """Loss along lines between random points and from random points to optima."""
    from starnmf.factors import load_factors
    from starnmf.landscape.lines import measure_lines
    from starnmf.matrix import load_matrix
    from starnmf.whole_file import write_csv

    write_csv(measure_lines(load_matrix(matrix), load_factors(factors), lines), output)


@landscape.command("trajectory")
def trajectory(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """Cosine and curvature towards a descent's own end, along the descent."""
    from starnmf.factors import each_repetition, load_factors
    from starnmf.landscape.trajectory import measure_trajectory
    from starnmf.matrix import load_matrix
    from starnmf.whole_file import write_csv

    table = measure_trajectory(load_matrix(matrix), load_factors(factors), each_repetition(factors), threads)
    write_csv(table, output)


@landscape.command("times")
def times(
    matrix: MatrixFile,
    factors: FactorsFile,
    output: OutputCsv,
    points: Annotated[int, typer.Option(min=1, help="Random points to measure from.")],
    threads: Threads = 1,
) -> None:
    """Curvature from random points towards where the flow is, at every time."""
    from starnmf.factors import each_repetition, load_factors
    from starnmf.landscape.times import measure_times
    from starnmf.matrix import load_matrix
    from starnmf.whole_file import write_csv

    table = measure_times(load_matrix(matrix), load_factors(factors), each_repetition(factors), points, threads)
    write_csv(table, output)


@landscape.command("steps")
def steps(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """The end of a published restart beside that of the paper's own gradient steps."""
    from starnmf.factors import load_factors
    from starnmf.landscape.steps import measure_steps
    from starnmf.matrix import load_matrix
    from starnmf.whole_file import write_csv

    write_csv(measure_steps(load_matrix(matrix), load_factors(factors), threads), output)


@landscape.command("spectrum")
def spectrum(
    factors: FactorsFile,
    output: OutputCsv,
    repetitions: Annotated[int, typer.Option(min=1, help="Optima and random matrices.")] = 5,
) -> None:
    """Singular values of optima and of random matrices of the same shape."""
    from starnmf.factors import load_factors
    from starnmf.landscape.spectrum import measure_spectrum
    from starnmf.whole_file import write_csv

    write_csv(measure_spectrum(load_factors(factors), repetitions), output)


@landscape.command("scales")
def scales(matrix: MatrixFile, factors: FactorsFile, output: OutputCsv, threads: Threads = 1) -> None:
    """Curvature at the same optima with another scale between their factors."""
    from starnmf.factors import load_factors
    from starnmf.landscape.scales import measure_scales
    from starnmf.matrix import load_matrix
    from starnmf.whole_file import write_csv

    write_csv(measure_scales(load_matrix(matrix), load_factors(factors), threads), output)


@networks.command("train")
def train(
    network: Annotated[str, typer.Argument(help="resnet20-k4, or resnet20-k4-plain without shortcuts.")],
    images: ImagesFile,
    checkpoints: Annotated[Path, typer.Argument(help="HDF5 of the checkpoints to write.")],
    history: Annotated[Path, typer.Argument(help="CSV of one row per epoch to write.")],
    summary: Annotated[Path, typer.Argument(help="CSV of one row for the training to write.")],
    epochs: Annotated[int, typer.Option(min=3, help="A multiple of 3.")],
    resume: Annotated[Path, typer.Option(help="State that a killed training goes on from; deleted at its end.")],
    resume_every: Annotated[int, typer.Option(min=1, help="Epochs between the states.")] = 10,
    seed: Seed = 0,
    device: Device = "auto",
    threads: Annotated[int, typer.Option(min=1, help="Threads on a CPU; the last bits depend on their number.")] = 1,
) -> None:
    """Train a ResNet by the paper's protocol (Table 3)."""
    import pandas as pd

    from starnmf.device import choose_device
    from starnmf.images import load_images
    from starnmf.networks.architecture import architecture_named
    from starnmf.networks.checkpoints import save_checkpoints
    from starnmf.networks.training import Plan, train
    from starnmf.whole_file import write_csv

    plan = Plan(architecture_named(network), epochs, seed, choose_device(device))
    trained = train(plan, load_images(images), threads, resume, resume_every)
    write_csv(trained.history, history)
    write_csv(pd.DataFrame([trained.summary]), summary)
    save_checkpoints(checkpoints, trained.kept, trained.summary)
    resume.unlink(missing_ok=True)


@networks.command("lengths")
def lengths(
    checkpoints: CheckpointsFile,
    images: ImagesFile,
    output: OutputCsv,
    directions: Annotated[int, typer.Option(min=2, help="Random directions at every checkpoint.")] = 25,
    points: Annotated[int, typer.Option(min=5, help="Points of a line, an odd number.")] = 51,
    line_images: LineImages = 5000,
    batch_norm: BatchNorm = "eval",
    seed: Seed = 0,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """How far the loss is convex around a network's weights, at every checkpoint."""
    from starnmf.device import choose_device
    from starnmf.images import load_images
    from starnmf.networks.lengths import measure_lengths
    from starnmf.networks.loss_surface import Setting
    from starnmf.whole_file import write_csv

    setting = Setting(line_images, batch_norm, seed, choose_device(device), threads)
    write_csv(measure_lengths(checkpoints, load_images(images), directions, points, setting), output)


@networks.command("surface")
def network_surface(
    checkpoints: CheckpointsFile,
    images: ImagesFile,
    output: OutputCsv,
    points: Annotated[int, typer.Option(min=3, help="Points along each side.")] = 51,
    line_images: LineImages = 5000,
    batch_norm: BatchNorm = "eval",
    seed: Seed = 0,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """The loss around a network over two random directions, after two thirds of its training."""
    from starnmf.device import choose_device
    from starnmf.images import load_images
    from starnmf.networks.loss_surface import Setting
    from starnmf.networks.surface import measure_surface
    from starnmf.whole_file import write_csv

    setting = Setting(line_images, batch_norm, seed, choose_device(device), threads)
    write_csv(measure_surface(checkpoints, load_images(images), points, setting), output)


@experiments.command("run")
def run_experiment(
    name: Annotated[str, typer.Argument(help="Name of the table; `starnmf experiments list` shows all.")],
    output: OutputCsv,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Random instances or starts; slow parts take a fixed share of them.")
    ] = None,
    seed: Seed = 0,
    threads: Threads = 1,
) -> None:
    """Measure one table of the theory or of the companions."""
    from starnmf.experiments import run_experiment
    from starnmf.whole_file import write_csv

    write_csv(run_experiment(name, trials, seed, threads), output)


@experiments.command("list")
def list_experiments() -> None:
    """Print the experiments: name, what it measures, and --trials where it takes a number of them."""
    from starnmf.experiments import EXPERIMENTS

    for name, experiment in EXPERIMENTS.items():
        print(f"{name:36}{experiment.summary}{' --trials' if 'trials' in experiment.arguments else ''}")


@experiments.command("cold-start")
def cold_start(
    folder: Annotated[Path, typer.Argument(help="Folder that holds MovieLens-1M's files.", exists=True)],
    output: OutputCsv,
    source: Annotated[str, typer.Option(help="published, mirror or stand-in: written into the result.")],
    trials: Annotated[int, typer.Option(min=1, help="Random splits of the users.")] = 20,
    seed: Seed = 0,
    threads: Threads = 1,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Ratings of unseen users from demographics and genres, a random split of the users for each
    trial.
    """
    from starnmf.companions.inductive.cold_start import measure_cold_start
    from starnmf.whole_file import write_csv

    write_csv(measure_cold_start(folder, source, trials, seed, threads, expanded_limit), output)


@figures.command("draw")
def draw(
    name: Annotated[str, typer.Argument(help="figure03, figure04, ...")],
    landscape_tables: Annotated[list[Path], typer.Argument(help="CSV files of the landscape.", exists=True)],
    run: Annotated[list[Path], typer.Option(help="CSV files of the factorizations.", exists=True)],
    pdf: PdfOption,
    png: PngOption,
) -> None:
    """Draw one figure of the paper."""
    from starnmf.figures.drawing import draw_figure

    draw_figure(name, landscape_tables, run, pdf, png)


@figures.command("draw-table")
def draw_table(
    name: Annotated[str, typer.Argument(help="figure01, figure02, figure14, or figureS1, figureS2, ....")],
    table: Annotated[Path, typer.Argument(help="CSV file of the theory or of the companions.", exists=True)],
    pdf: PdfOption,
    png: PngOption,
) -> None:
    """Draw one figure of the planted model or of the companion experiments."""
    from starnmf.figures.drawing import draw_table_figure

    draw_table_figure(name, table, pdf, png)


@figures.command("draw-surfaces")
def draw_surfaces(
    surfaces: Annotated[list[Path], typer.Argument(help="CSV files of the networks' surfaces.", exists=True)],
    pdf: PdfOption,
    png: PngOption,
) -> None:
    """Draw Figure 8: the loss of networks over two random directions."""
    from starnmf.figures.drawing import draw_surface_figure

    draw_surface_figure(surfaces, pdf, png)


@tables.command("table1")
def table1(
    matrices: Annotated[list[Path], typer.Argument(help="CSV files that describe the matrices.", exists=True)],
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
) -> None:
    """Write the datasets' shapes and densities beside the paper's."""
    from starnmf.tables.table1 import write_table1

    write_table1(matrices, csv, markdown, latex)


@tables.command("table6")
def table6(
    names: Annotated[list[str], typer.Argument(metavar="DATASET...")],
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
) -> None:
    """Write the datasets' addresses beside the paper's."""
    from starnmf.tables.table6 import write_table6

    write_table6(names, csv, markdown, latex)


@tables.command("lengths")
def table_of_lengths(
    name: Annotated[str, typer.Argument(help="table2, table4 or table5.")],
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
    lengths: Annotated[list[Path] | None, typer.Argument(help="CSV files of lengths.", exists=True)] = None,
) -> None:
    """Write lengths of local convexity beside the paper's."""
    from starnmf.tables.lengths import write_lengths

    write_lengths(name, lengths or [], csv, markdown, latex)


@tables.command("table3")
def table3(
    csv: CsvOption,
    markdown: MarkdownOption,
    latex: LatexOption,
    summaries: Annotated[list[Path] | None, typer.Argument(help="CSV files of trainings.", exists=True)] = None,
) -> None:
    """Write the parameters networks were trained with beside the paper's."""
    from starnmf.tables.table3 import write_table3

    write_table3(summaries or [], csv, markdown, latex)


@claims.command("judge")
def judge(
    results: Annotated[list[Path], typer.Argument(help="CSV files of a run's results.", exists=True)],
    csv: CsvOption,
    markdown: MarkdownOption,
) -> None:
    """Measure every claim of the paper on result files and say whether it holds."""
    from starnmf.claims.ledger import write_ledger

    write_ledger(results, csv, markdown)


@claims.command("summary")
def summarize(ledger: Annotated[Path, typer.Argument(help="CSV of the ledger.", exists=True)]) -> None:
    """Print the verdicts of a ledger."""
    import pandas as pd

    from starnmf.claims.ledger import summary

    print(summary(pd.read_csv(ledger, keep_default_na=False)))


@report.command("page")
def page(
    title: Annotated[str, typer.Argument(help="Heading of a page that has none of its own.")],
    markdown: Annotated[Path, typer.Argument(help="Markdown to read.", exists=True)],
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
) -> None:
    """Write a table or the ledger as a page to read."""
    from starnmf.report.page import write_page

    write_page(title, markdown, html)


@report.command("landscape")
def landscape_page(
    html: Annotated[Path, typer.Argument(help="HTML to write.")],
    curvature: Annotated[list[Path], typer.Option(help="CSV files of curvature.", exists=True)],
    lines: Annotated[list[Path], typer.Option(help="CSV files of lines.", exists=True)],
    trajectory: Annotated[list[Path], typer.Option(help="CSV files of trajectories.", exists=True)],
    run: Annotated[list[Path], typer.Option(help="CSV files of the factorizations.", exists=True)],
) -> None:
    """Write the landscape of one dataset as interactive plots."""
    from starnmf.report.landscape import write_landscape

    write_landscape(curvature, lines, trajectory, run, html)


@provenance.command("record")
def record(
    output: Annotated[Path, typer.Argument(help="JSON to write.")],
    results: Annotated[list[Path], typer.Argument(help="Files that the run made.", exists=True)],
    description: Annotated[list[Path] | None, typer.Option(help="CSV that describes a matrix.", exists=True)] = None,
    training: Annotated[list[Path] | None, typer.Option(help="CSV that sums up a training.", exists=True)] = None,
    jobs: Annotated[Path, typer.Option(help="Folder of Snakemake's benchmark files.")] = Path("benchmarks/jobs"),
) -> None:
    """Write what a run was made by and from, what its jobs cost, and the checksums of what came
    out.
    """
    from starnmf.provenance.record import write_record

    write_record(description or [], training or [], results, jobs, output)


@provenance.command("bundle")
def bundle(
    output: Annotated[Path, typer.Argument(help="Zip archive to write.")],
    record: RecordFile,
    tables: Annotated[list[Path], typer.Argument(help="CSV files that figures and tables are made from.", exists=True)],
) -> None:
    """Pack the tables of a run, from which its figures, tables and ledger can be made without data."""
    from starnmf.provenance.bundle import write_bundle

    write_bundle(record, tables, output)


@provenance.command("crate")
def crate(
    output: Annotated[Path, typer.Argument(help="Zip archive to write.")],
    record: RecordFile,
    results: Annotated[list[Path], typer.Argument(help="Files that the run made.", exists=True)],
    workflow: Annotated[list[Path], typer.Option(help="A file of the workflow; the Snakefile first.", exists=True)],
) -> None:
    """Describe a finished run as a Workflow Run RO-Crate."""
    from starnmf.provenance.crate import write_crate

    write_crate(record, workflow, results, output)


def _parse_shape(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdigit() and int(side) > 0 for side in sides):
        raise InputError(f"--shape: found {text!r}; expected two positive numbers, as in 320x156")
    return int(sides[0]), int(sides[1])


def _parse_options(options: list[str]) -> dict[str, str]:
    for option in options:
        if "=" not in option:
            raise InputError(f"--option: found {option!r}; expected key=value")
    return dict(option.split("=", 1) for option in options)
