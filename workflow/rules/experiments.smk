rule experiment:
    output:
        "<results>/{experiment}.csv",
    log:
        "<logs>/{experiment}.log",
    benchmark:
        "<benchmarks>/{experiment}.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: experiment_threads
    resources:
        mem_mb=lambda wildcards, attempt: attempt * EXPERIMENTS[wildcards.experiment].memory,
        runtime=experiment_minutes,
    params:
        code=lambda wildcards: checksum(EXPERIMENTS[wildcards.experiment].module),
        trials=trials_option,
        seed=config["seed"],
    shell:
        "starnmf experiments run {wildcards.experiment} {output} {params.trials} --seed {params.seed}"
        " --threads {threads} 2> {log}"


rule cold_start:
    input:
        lambda wildcards: raw_files_of("movielens", FEATURES),
    output:
        path_of(COLD_START),
    log:
        "<logs>/companions/inductive/cold_start.log",
    benchmark:
        "<benchmarks>/companions/inductive/cold_start.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.inductive.cold_start"),
        folder=lambda wildcards, input: input if source("movielens") == "stand-in" else raw_folder("movielens"),
        source=source("movielens"),
        trials=config["inductive_trials"],
        seed=config["seed"],
        expanded_limit=config["expanded_limit"],
    shell:
        "starnmf experiments cold-start {params.folder:q} {output} --source {params.source}"
        " --trials {params.trials} --seed {params.seed} --threads {threads}"
        " --expanded-limit {params.expanded_limit} 2> {log}"


rule theory:
    input:
        [path_of(table) for table in THEORY_TABLES],


COMPANION_NAMES = ["isometry", "purification", "inductive"]

for name in COMPANION_NAMES:

    rule:
        name:
            name
        input:
            companion(name),


rule companions:
    input:
        [companion(name) for name in COMPANION_NAMES],
