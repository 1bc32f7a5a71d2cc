rule judge_claims:
    input:
        matrices=expand("results/datasets/{dataset}.h5", dataset=DATASETS),
        runs=expand(
            "results/factorization/{dataset}/{regime}/rate-{rate}.csv",
            dataset=DATASETS,
            regime=REGIMES,
            rate=RATES,
        ),
        curvature=expand(
            "results/landscape/{dataset}/{regime}/curvature-rate-{rate}.csv",
            dataset=DATASETS,
            regime=REGIMES,
            rate=RATES,
        ),
        landscape=expand(
            "results/landscape/{dataset}/{regime}/{kind}.csv",
            dataset=DATASETS,
            regime=REGIMES,
            kind=["lines", "trajectory", "spectrum", "scales"],
        ),
        theory=rules.theory.input,
        networks=rules.networks.input,
        lengths=expand("results/tables/{table}.csv", table=LENGTH_TABLES),
    output:
        csv="results/claims.csv",
        markdown="results/claims.md",
    log:
        "logs/claims.log",
    benchmark:
        "benchmarks/jobs/claims.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.claims.ledger"),
    shell:
        "starnmf claims judge {input} --csv {output.csv} --markdown {output.markdown} 2> {log}"


rule landscape:
    input:
        [figure_files(figure) for figure in FIGURES if shown(figure)],
        rules.judge_claims.output,


rule claims:
    input:
        rules.judge_claims.output,
