rule draw_figure:
    input:
        tables=figure_tables,
        runs=figure_runs,
    output:
        pdf="<results>/figures/{figure}{variant}.pdf",
        png=report(
            "<results>/figures/{figure}{variant}.png",
            caption="../report/figure.rst",
            category=FIGURE_CATEGORY,
            labels=figure_labels,
        ),
    log:
        "<logs>/figures/{figure}{variant}.log",
    benchmark:
        "<benchmarks>/figures/{figure}{variant}.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=lambda wildcards: checksum("starnmf.figures.drawing", FIGURES[wildcards.figure].module),
        runs=lambda wildcards, input: [f"--run {path}" for path in input.runs],
    shell:
        "starnmf figures draw {wildcards.figure} {input.tables} {params.runs}"
        " --pdf {output.pdf} --png {output.png} 2> {log}"


rule figures:
    input:
        [figure_files(figure) for figure in FIGURES if is_in_run(figure)],


for figure in FIGURES:

    rule:
        name:
            f"figure{FIGURES[figure].number}"
        input:
            figure_files(figure),
