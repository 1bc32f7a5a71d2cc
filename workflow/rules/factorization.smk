DESCENT_OPTIONS = [
    f"--{key.replace('_', '-')} {config[key]}" for key in ("descent", "learning_rate", "steps", "rest", "gradient_cap")
]


# One descent for all regimes, which are times on one path. The saved state of an unfinished descent is not an output:
# Snakemake deletes outputs before it reruns a job.
rule factorize:
    input:
        "<results>/datasets/{dataset}/rate-{rate}.h5",
    output:
        factors=expand(
            "<results>/factorization/{{dataset}}/{regime}/rate-{{rate}}.h5",
            regime=REGIMES,
        ),
        summaries=expand(
            "<results>/factorization/{{dataset}}/{regime}/rate-{{rate}}.csv",
            regime=REGIMES,
        ),
    log:
        "<logs>/factorization/{dataset}/rate-{rate}.log",
    benchmark:
        "<benchmarks>/factorization/{dataset}/rate-{rate}.tsv"
    conda:
        GPU_ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=descent_memory,
        runtime=descent_minutes,
        gpu=GPUS,
    params:
        code=code(
            "starnmf.factorization.descent",
            "starnmf.factorization.summary",
            "starnmf.subsamples",
        ),
        folder=lambda wildcards, output: str(Path(output.factors[0]).parents[1]),
        regimes=[f"--regime {regime}" for regime in REGIMES],
        restarts=config["optima"],
        repetitions=lambda wildcards: (config["repetitions"] if wildcards.rate == "1.0" else 0),
        descent=DESCENT_OPTIONS,
        device=config["device"],
    shell:
        "starnmf factorization run {input} {params.folder} {params.regimes}"
        " --restarts {params.restarts} --repetitions {params.repetitions} {params.descent}"
        " --device {params.device} --threads {threads} 2> {log}"
