rule inductive_constants:
    output:
        "results/companions/inductive/constants.csv",
    log:
        "logs/companions/inductive/constants.log",
    conda:
        "../../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.inductive.constants"),
    shell:
        "starnmf companions inductive constants {output} 2> {log}"


rule inductive_identities:
    output:
        "results/companions/inductive/identities.csv",
    log:
        "logs/companions/inductive/identities.log",
    conda:
        "../../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.inductive.identities"),
        seed=config["seed"],
    shell:
        "starnmf companions inductive identities {output} --seed {params.seed} 2> {log}"


rule inductive_orthogonal:
    output:
        "results/companions/inductive/orthogonal.csv",
    log:
        "logs/companions/inductive/orthogonal.log",
    conda:
        "../../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.inductive.orthogonal"),
    shell:
        "starnmf companions inductive orthogonal {output} 2> {log}"


rule inductive_first_row:
    output:
        "results/companions/inductive/first_row.csv",
    log:
        "logs/companions/inductive/first_row.log",
    benchmark:
        "benchmarks/jobs/companions/inductive/first_row.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.inductive.first_row"),
        trials=config["inductive_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions inductive first-row {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule inductive_conditioning:
    output:
        "results/companions/inductive/conditioning.csv",
    log:
        "logs/companions/inductive/conditioning.log",
    benchmark:
        "benchmarks/jobs/companions/inductive/conditioning.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.inductive.conditioning"),
        trials=config["inductive_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions inductive conditioning {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule inductive_deviations:
    output:
        "results/companions/inductive/deviations.csv",
    log:
        "logs/companions/inductive/deviations.log",
    benchmark:
        "benchmarks/jobs/companions/inductive/deviations.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.inductive.deviations"),
        trials=config["inductive_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions inductive deviations {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule inductive_convergence:
    output:
        "results/companions/inductive/convergence.csv",
    log:
        "logs/companions/inductive/convergence.log",
    benchmark:
        "benchmarks/jobs/companions/inductive/convergence.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.inductive.convergence"),
        trials=config["inductive_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions inductive convergence {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule inductive_phases:
    output:
        "results/companions/inductive/phases.csv",
    log:
        "logs/companions/inductive/phases.log",
    benchmark:
        "benchmarks/jobs/companions/inductive/phases.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.inductive.phases"),
        trials=config["inductive_trials"],
        seed=config["seed"],
    shell:
        "starnmf companions inductive phases {output}"
        " --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule inductive_cold_start:
    input:
        lambda wildcards: raw_features(),
    output:
        "results/companions/inductive/cold_start.csv",
    log:
        "logs/companions/inductive/cold_start.log",
    benchmark:
        "benchmarks/jobs/companions/inductive/cold_start.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.inductive.cold_start"),
        folder=lambda wildcards: raw_folder("movielens"),
        source=source("movielens"),
        trials=config["inductive_trials"],
        seed=config["seed"],
        expanded_limit=config["expanded_limit"],
    shell:
        "starnmf companions inductive cold-start {params.folder:q} {output} --source {params.source}"
        " --trials {params.trials} --seed {params.seed} --threads {threads}"
        " --expanded-limit {params.expanded_limit} 2> {log}"


rule inductive:
    input:
        companion("inductive"),
