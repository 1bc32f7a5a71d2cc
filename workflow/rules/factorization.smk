rule factorize:
    input:
        "results/datasets/{dataset}/rate-{rate}.h5",
    output:
        factors="results/factorization/{dataset}/{regime}/rate-{rate}.h5",
        summary="results/factorization/{dataset}/{regime}/rate-{rate}.csv",
    log:
        "logs/factorization/{dataset}/{regime}/rate-{rate}.log",
    benchmark:
        "benchmarks/jobs/factorization/{dataset}/{regime}/rate-{rate}.tsv"
    conda:
        GPU_ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=descent_memory,
        runtime=descent_minutes,
        gpu=GPUS,
    params:
        code=code("starnmf.factorization.descent", "starnmf.factorization.summary"),
        restarts=config["optima"],
        repetitions=lambda wildcards: (
            config["repetitions"] if wildcards.rate == "1.0" else 0
        ),
        descent=descent_options,
        device=config["device"],
    shell:
        "starnmf factorization run {input} {output.factors} {output.summary} --regime {wildcards.regime}"
        " --restarts {params.restarts} --repetitions {params.repetitions} {params.descent}"
        " --device {params.device} --threads {threads} 2> {log}"
