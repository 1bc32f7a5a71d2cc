rule purification_statements:
    output:
        "results/companions/purification/statements.csv",
    log:
        "logs/companions/purification/statements.log",
    conda:
        "../../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.purification.statements"),
        seed=config["seed"],
    shell:
        "starnmf companions purification statements {output} --seed {params.seed} 2> {log}"


rule purification_convergence:
    output:
        "results/companions/purification/convergence.csv",
    log:
        "logs/companions/purification/convergence.log",
    benchmark:
        "benchmarks/jobs/companions/purification/convergence.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.purification.convergence"),
        trials=config["purification_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions purification convergence {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule purification_conditions:
    output:
        "results/companions/purification/conditions.csv",
    log:
        "logs/companions/purification/conditions.log",
    benchmark:
        "benchmarks/jobs/companions/purification/conditions.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.purification.conditions"),
        trials=config["purification_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions purification conditions {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule purification_floors:
    output:
        "results/companions/purification/floors.csv",
    log:
        "logs/companions/purification/floors.log",
    benchmark:
        "benchmarks/jobs/companions/purification/floors.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.purification.floors"),
        trials=config["purification_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions purification floors {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule purification:
    input:
        companion("purification"),
