# What is measured around optima, each by the command of its name: the table, the key of the configuration that the
# command takes as an option, and whether it takes threads.
MEASURED = {
    "curvature": (CURVATURE, "points", True),
    "scales": (SCALES, None, True),
    "trajectory": (TRAJECTORY, None, True),
    "times": (TIMES, "points", True),
    "lines": (LINES, "lines", False),
    "spectrum": (SPECTRUM, "repetitions", False),
    "steps": (STEPS, None, False),
}


for name, (table, option, parallel) in MEASURED.items():

    rule:
        name:
            name
        input:
            landscape_inputs(name, table),
        output:
            path_of(table),
        log:
            f"<logs>/{table.name}.log",
        benchmark:
            f"<benchmarks>/{table.name}.tsv"
        conda:
            "../../envs/starnmf.yaml"
        threads: config["threads"] if parallel else 1
        resources:
            mem_mb=landscape_memory,
            runtime=steps_minutes if name == "steps" else landscape_minutes,
        params:
            code=code(f"starnmf.landscape.{name}"),
            measurement=name,
            option=f"--{option} {config[option]}" if option else "",
            threads=threads_option if parallel else "",
        shell:
            "starnmf landscape {params.measurement} {input} {output} {params.option} {params.threads} 2> {log}"


# The ranks of a matrix are known when its own rank is, which may be estimated: one job measures all of them, and the
# saved state of an unfinished one is not an output.
rule ranks:
    input:
        "<results>/datasets/{dataset}/rate-1.0.h5",
        expand("<results>/factorization/{{dataset}}/{regime}/rate-1.0.h5", regime=REGIMES),
    output:
        expand(path_of(RANKS), regime=REGIMES, allow_missing=True),
    log:
        "<logs>/landscape/{dataset}/ranks.log",
    benchmark:
        "<benchmarks>/landscape/{dataset}/ranks.tsv"
    conda:
        GPU_ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=ranks_memory,
        runtime=ranks_minutes,
        gpu=GPUS,
    params:
        code=code("starnmf.landscape.ranks"),
        folder=lambda wildcards, output: str(Path(output[0]).parents[1]),
        factors=[f"--factor {factor}" for factor in config["rank_factors"]],
        restarts=config["repetitions"],
        points=config["points"],
        descent=DESCENT_OPTIONS,
        device=config["device"],
    shell:
        "starnmf landscape ranks {input} {params.folder} {params.factors}"
        " --restarts {params.restarts} --points {params.points} {params.descent}"
        " --device {params.device} --threads {threads} 2> {log}"
