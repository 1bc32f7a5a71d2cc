rule landscape_page:
    input:
        curvature=measured_on_dataset(CURVATURE),
        lines=measured_on_dataset(LINES),
        trajectory=measured_on_dataset(TRAJECTORY, regimes=FOLLOWED),
        run=measured_on_dataset(RUNS),
    output:
        report(
            "<results>/report/landscape/{dataset}.html",
            caption="../report/landscape.rst",
            category=LANDSCAPE_CATEGORY,
            labels=dataset_labels("Curvature, segments and descents"),
        ),
    log:
        "<logs>/report/landscape/{dataset}.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.report.landscape"),
        page="landscape",
        files=lambda wildcards, input: [f"--{kind} {path}" for kind, paths in input.items() for path in paths],
    shell:
        "starnmf report {params.page} {output} {params.files} 2> {log}"


use rule landscape_page as matrix_page with:
    input:
        curvature=measured_on_dataset(CURVATURE, rates="1.0"),
        ranks=measured_on_dataset(RANKS),
        pairs=measured_on_dataset(PAIRS),
        run=measured_on_dataset(RUNS, rates="1.0"),
    output:
        markdown="<results>/report/found/{dataset}.md",
        html=report(
            "<results>/report/found/{dataset}.html",
            caption="../report/matrix.rst",
            category=MATRIX_CATEGORY,
            labels=dataset_labels("Is it star-convex, at which rank, how many restarts"),
        ),
    log:
        "<logs>/report/found/{dataset}.log",
    params:
        code=code("starnmf.report.matrix", "starnmf.report.page"),
        page="matrix",


rule rank_page:
    input:
        path_of(RANK_CHOICE),
    output:
        markdown="<results>/report/rank/{dataset}.md",
        html=report(
            "<results>/report/rank/{dataset}.html",
            caption="../report/rank.rst",
            category=MATRIX_CATEGORY,
            labels=dataset_labels("Which rank, and how many restarts at it"),
        ),
    log:
        "<logs>/report/rank/{dataset}.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.report.rank", "starnmf.report.page"),
        page="rank",
    shell:
        "starnmf report {params.page:q} {input} {output} 2> {log}"


use rule rank_page as table_page with:
    input:
        "<results>/tables/{table}.md",
    output:
        report(
            "<results>/report/{table}.html",
            caption="../report/table.rst",
            category=TABLE_CATEGORY,
            labels=lambda wildcards: {
                "table": wildcards.table.removeprefix("table"),
                "shows": TABLES[wildcards.table],
            },
        ),
    log:
        "<logs>/report/{table}.log",
    params:
        code=code("starnmf.report.page"),
        page=lambda wildcards: ["page", f"Table {wildcards.table.removeprefix('table')}. {TABLES[wildcards.table]}"],


use rule rank_page as ledger_page with:
    input:
        "<results>/claims.csv",
    output:
        report(
            "<results>/report/claims.html",
            caption="../report/ledger.rst",
            category=LEDGER_CATEGORY,
            labels={"shows": "Every claim of the paper with its verdict"},
        ),
    log:
        "<logs>/report/claims.log",
    params:
        code=code("starnmf.report.ledger"),
        page="ledger",


rule pages:
    input:
        expand("<results>/report/landscape/{dataset}.html", dataset=[] if config["own"] else DATASETS),
        expand("<results>/report/found/{dataset}.html", dataset=DATASETS),
        [
            f"<results>/report/rank/{dataset}.html"
            for dataset in DATASETS
            if path_of(RANK_CHOICE).format(dataset=dataset) in RANK_MEASUREMENTS
        ],
        expand("<results>/report/{table}.html", table=RUN_TABLES),
        rules.ledger_page.output,


rule landscape:
    input:
        [figure_files(figure) for figure in FIGURES if FIGURES[figure].under_regimes and shown(figure)],
        expand("<results>/report/landscape/{dataset}.html", dataset=DATASETS),
        expand("<results>/report/found/{dataset}.html", dataset=DATASETS),
        "<results>/report/claims.html",
        rules.judge_claims.output,
