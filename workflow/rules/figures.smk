rule draw_figure:
    input:
        tables=figure_tables,
        runs=figure_runs,
    output:
        pdf="results/figures/{figure}{variant}.pdf",
        png=report(
            "results/figures/{figure}{variant}.png",
            caption="../report/figure.rst",
            category=FIGURE_CATEGORY,
            labels=figure_labels,
        ),
    log:
        "logs/figures/{figure}{variant}.log",
    benchmark:
        "benchmarks/jobs/figures/{figure}{variant}.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=lambda wildcards: code(
            "starnmf.figures.drawing", f"starnmf.figures.{wildcards.figure}"
        ),
        runs=lambda wildcards, input: [f"--run {path}" for path in input.runs],
    shell:
        "starnmf figures draw {wildcards.figure} {input.tables} {params.runs}"
        " --pdf {output.pdf} --png {output.png} 2> {log}"


rule draw_table_figure:
    input:
        lambda wildcards: f"results/{TABLE_FIGURES[wildcards.table_figure].file}.csv",
    output:
        pdf="results/figures/{table_figure}.pdf",
        png=report(
            "results/figures/{table_figure}.png",
            caption="../report/table_figure.rst",
            category=FIGURE_CATEGORY,
            labels=table_figure_labels,
        ),
    log:
        "logs/figures/{table_figure}.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=lambda wildcards: code(
            "starnmf.figures.drawing", f"starnmf.figures.{wildcards.table_figure}"
        ),
    shell:
        "starnmf figures draw-table {wildcards.table_figure} {input} --pdf {output.pdf} --png {output.png} 2> {log}"


rule draw_surface_figure:
    input:
        expand("results/networks/{network}/surface.csv", network=SURFACE_NETWORKS),
    output:
        pdf="results/figures/{surface_figure}.pdf",
        png=report(
            "results/figures/{surface_figure}.png",
            caption="../report/surface_figure.rst",
            category=FIGURE_CATEGORY,
            labels=surface_figure_labels,
        ),
    log:
        "logs/figures/{surface_figure}.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.figures.drawing", f"starnmf.figures.{SURFACE_FIGURE.name}"),
    shell:
        "starnmf figures draw-surfaces {input} --pdf {output.pdf} --png {output.png} 2> {log}"


rule figures:
    input:
        [figure_files(figure) for figure in FIGURES if shown(figure)],
        [single_figure_files(figure) for figure in [*THEORY_FIGURES, *COMPANIONS]],
        single_figure_files(SURFACE_FIGURE.name) if SURFACE_NETWORKS else [],


for figure in FIGURES:

    rule:
        name:
            f"figure{FIGURES[figure].number}"
        input:
            figure_files(figure),


for figure in TABLE_FIGURES:

    rule:
        name:
            f"figure{TABLE_FIGURES[figure].number}"
        input:
            single_figure_files(figure),


rule:
    name:
        f"figure{SURFACE_FIGURE.number}"
    input:
        single_figure_files(SURFACE_FIGURE.name),
