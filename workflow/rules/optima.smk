rule optima_pairs:
    input:
        "<results>/datasets/{dataset}/rate-1.0.h5",
        "<results>/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        pairs=path_of(PAIRS),
        centres=path_of(CENTRES),
    log:
        "<logs>/optima/{dataset}/{regime}.log",
    benchmark:
        "<benchmarks>/optima/{dataset}/{regime}.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=optima_memory,
        runtime=optima_minutes,
    params:
        code=code("starnmf.optima.pairs"),
    shell:
        "starnmf optima pairs {input} --pairs {output.pairs} --centres {output.centres} --threads {threads} 2> {log}"
