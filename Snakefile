from snakemake.utils import min_version

min_version("9.20")


report: "workflow/report/run.rst"


include: "workflow/rules/configuration.smk"
include: "workflow/rules/code.smk"
include: "workflow/rules/paths.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/descriptions.smk"


if not config["redraw"]:

    include: "workflow/rules/datasets.smk"
    include: "workflow/rules/factorization.smk"
    include: "workflow/rules/landscape.smk"
    include: "workflow/rules/optima.smk"
    include: "workflow/rules/rank_choice.smk"
    include: "workflow/rules/networks.smk"
    include: "workflow/rules/experiments.smk"


include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/provenance.smk"


if config["redraw"]:

    include: "workflow/rules/article.smk"


# Targets: all, landscape, rank, theory, isometry, purification, inductive, companions, networks, figures, tables, claims,
# and every figure and table by its name (figure5, table1, figureS1); of bundles that are redrawn, article and gallery.
workflow.default_target = "all"


rule all:
    input:
        rules.figures.input,
        rules.tables.input,
        rules.claims.input,
        rules.pages.input,
        rules.record.output,


onstart:
    try:
        write_configuration(config, FOLDER)
    except InputError as error:
        raise WorkflowError(str(error))
    # Snakemake 9.27 looks for jobs to start again one second after every job that ended, and from then on every second
    # anew: after a few hundred jobs that alone takes a core. Without a limit of jobs per second it has no reason to.
    workflow.scheduler.job_rate_limiter = None


onsuccess:
    made = {job.rule.name for job in workflow.dag.jobs}
    # What was assumed about the user's own files.
    for job in workflow.dag.jobs:
        if job.rule.name == "own" and Path(job.log[0]).exists():
            shell("cat {job.log}")
    if ALONE and "matrix_page" in made:
        shell("cat {FOLDER}/report/found/{DATASETS[0]}.md")
        print(f"As a page: {FOLDER}/report/found/{DATASETS[0]}.html; figures: {FOLDER}/figures")
    elif "judge_claims" in made:
        shell("starnmf claims summary {FOLDER}/claims.csv")
    for job in workflow.dag.jobs:
        if job.rule.name == "rank_page":
            shell("cat {job.output.markdown}")
