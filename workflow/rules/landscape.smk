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


def landscape_inputs(name, table):
    """The matrix and its factors, or factors alone; at rate 1.0 unless the table is one of many rates."""
    rate = "{rate}" if "{rate}" in table.path else "1.0"
    factors = f"results/factorization/{{dataset}}/{{regime}}/rate-{rate}.h5"
    matrix = f"results/datasets/{{dataset}}/rate-{rate}.h5"
    return [factors] if name == "spectrum" else [matrix, factors]


for name, (table, option) in PARALLEL.items():

    rule:
        name:
            name
        input:
            landscape_inputs(name, table),
        output:
            table.pattern,
        log:
            f"logs/{table.name}.log",
        benchmark:
            f"benchmarks/jobs/{table.name}.tsv"
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
            table.pattern,
        log:
            f"logs/{table.name}.log",
        benchmark:
            f"benchmarks/jobs/{table.name}.tsv"
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
