rule landscape_page:
    input:
        curvature=expand(CURVATURE.pattern, regime=REGIMES, rate=RATES, allow_missing=True),
        lines=expand(LINES.pattern, regime=REGIMES, allow_missing=True),
        trajectory=expand(TRAJECTORY.pattern, regime=FOLLOWED, allow_missing=True),
        run=expand(RUNS.pattern, regime=REGIMES, rate=RATES, allow_missing=True),
    output:
        report(
            "results/report/landscape/{dataset}.html",
            caption="../report/landscape.rst",
            category=LANDSCAPE_CATEGORY,
            labels=landscape_labels,
        ),
    log:
        "logs/report/landscape/{dataset}.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.report.landscape"),
        files=lambda wildcards, input: [f"--{kind} {path}" for kind, paths in input.items() for path in paths],
    shell:
        "starnmf report landscape {output} {params.files} 2> {log}"


rule table_page:
    input:
        "results/tables/{table}.md",
    output:
        report(
            "results/report/{table}.html",
            caption="../report/table.rst",
            category=TABLE_CATEGORY,
            labels=lambda wildcards: {
                "table": wildcards.table.removeprefix("table"),
                "shows": TABLES[wildcards.table],
            },
        ),
    log:
        "logs/report/{table}.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.report.page"),
        title=lambda wildcards: f"Table {wildcards.table.removeprefix('table')}. {TABLES[wildcards.table]}",
    shell:
        "starnmf report page {params.title:q} {input} {output} 2> {log}"


rule ledger_page:
    input:
        "results/claims.csv",
    output:
        report(
            "results/report/claims.html",
            caption="../report/ledger.rst",
            category=LEDGER_CATEGORY,
            labels={"shows": "Every claim of the paper with its verdict"},
        ),
    log:
        "logs/report/claims.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.report.ledger"),
    shell:
        "starnmf report ledger {input} {output} 2> {log}"


rule pages:
    input:
        expand("results/report/landscape/{dataset}.html", dataset=DATASETS),
        expand("results/report/{table}.html", table=TABLES),
        rules.ledger_page.output,
