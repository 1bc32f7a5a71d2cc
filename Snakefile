from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


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
    include: "workflow/rules/networks.smk"
    include: "workflow/rules/experiments.smk"


include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/provenance.smk"


# Targets: all, theory, networks, companions, figures, tables, claims, bundle, crate, and every figure and table by its
# name (figure5, table1, figureS1).
workflow.default_target = "all"


rule all:
    input:
        rules.figures.input,
        rules.tables.input,
        rules.claims.input,
        rules.pages.input,
        rules.record.output,


onsuccess:
    if any(job.rule.name == "judge_claims" for job in workflow.dag.jobs):
        shell("starnmf claims summary results/claims.csv")
