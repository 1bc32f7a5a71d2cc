# What is measured around optima, each by the command of its name: the table, and the key of the configuration that the
# command takes as an option. In two loops: Snakemake evaluates the text of a command when it runs, long after a loop's
# variables have had this rule's values, and the number of threads in a parameter would rerun jobs on other --cores.
PARALLEL = {
    "curvature": (CURVATURE, "points"),
    "scales": (SCALES, None),
    "trajectory": (TRAJECTORY, None),
    "times": (TIMES, "points"),
}
SERIAL = {
    "lines": (LINES, "lines"),
    "spectrum": (SPECTRUM, "repetitions"),
    "steps": (STEPS, None),
}


for name, (table, option) in PARALLEL.items():

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
        threads: config["threads"]
        resources:
            mem_mb=landscape_memory,
            runtime=landscape_minutes,
        params:
            code=code(f"starnmf.landscape.{name}"),
            measurement=name,
            option=f"--{option} {config[option]}" if option else "",
        shell:
            "starnmf landscape {params.measurement} {input} {output} {params.option} --threads {threads} 2> {log}"


for name, (table, option) in SERIAL.items():

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
        resources:
            mem_mb=landscape_memory,
            runtime=steps_minutes if name == "steps" else landscape_minutes,
        params:
            code=code(f"starnmf.landscape.{name}"),
            measurement=name,
            option=f"--{option} {config[option]}" if option else "",
        shell:
            "starnmf landscape {params.measurement} {input} {output} {params.option} 2> {log}"


# The ranks of a matrix are known when its own rank is, which may be estimated: one job measures all of them, and the
# saved state of an unfinished one is not an output.
rule ranks:
    input:
        "<results>/datasets/{dataset}/rate-1.0.h5",
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
        regimes=[f"--regime {regime}" for regime in REGIMES],
        factors=[f"--factor {factor}" for factor in config["rank_factors"]],
        restarts=config["repetitions"],
        points=config["points"],
        descent=DESCENT_OPTIONS,
        device=config["device"],
    shell:
        "starnmf landscape ranks {input} {params.folder} {params.regimes} {params.factors}"
        " --restarts {params.restarts} --points {params.points} {params.descent}"
        " --device {params.device} --threads {threads} 2> {log}"
