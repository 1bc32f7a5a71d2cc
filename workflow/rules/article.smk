# The article about measured runs, and the gallery of their figures, from the bundles that are redrawn.
ARTICLE = [f"{CHECKOUT}/docs/article/{file}" for file in ("article.typ", "ledger.typ", "references.yaml")]
ARTICLE_FIGURES = ["figure15", "figure16"]
# Of the paper's datasets those whose published files were available in full.
IN_FULL = ["metabolic", "movielens", "orl"]
OTHERS = set(DATASETS) - set(IN_FULL)


def in_full(files):
    """Those that are about no other dataset."""
    return [file for file in files if OTHERS.isdisjoint(Path(file).parts)]


use rule draw_figure as draw_article_figure with:
    input:
        tables=lambda wildcards: in_full(figure_tables(wildcards)),
        runs=lambda wildcards: in_full(figure_runs(wildcards)),
    output:
        pdf="<results>/article/{figure}{variant}.pdf",
        png="<results>/article/{figure}{variant}.png",
    log:
        "<logs>/article/{figure}{variant}.log",
    benchmark:
        "<benchmarks>/article/{figure}{variant}.tsv"


rule article_numbers:
    input:
        tables=MEASUREMENTS,
        record="provenance.json",
    output:
        "<results>/article/numbers.json",
    log:
        "<logs>/article/numbers.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.article.numbers"),
    shell:
        "starnmf article numbers {output} {input.tables} --record {input.record} 2> {log}"


rule typeset_article:
    input:
        rules.article_numbers.output,
        rules.judge_claims.output.csv,
        expand("<results>/article/{figure}.png", figure=ARTICLE_FIGURES),
        source=ARTICLE,
    output:
        "<results>/article/article.{suffix}",
    log:
        "<logs>/article/{suffix}.log",
    wildcard_constraints:
        suffix="pdf|html",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.article.typesetting"),
        inputs=lambda wildcards, input: [path for path in input if path not in input.source],
    shell:
        "starnmf article typeset {input.source[0]} {output} {params.inputs} 2> {log}"


rule article:
    input:
        expand("<results>/article/article.{suffix}", suffix=["pdf", "html"]),


rule gallery:
    input:
        [file for file in rules.figures.input if file.endswith(".png")],
        rules.judge_claims.output.csv,
        measured(RUNS),
    output:
        directory("<results>/gallery"),
    log:
        "<logs>/gallery.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.report.gallery"),
        run=FOLDER,
    shell:
        "starnmf report gallery {params.run} {output} 2> {log}"
