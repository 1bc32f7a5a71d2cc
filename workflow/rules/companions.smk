rule counterexample:
    output:
        "results/companions/counterexample.csv",
    log:
        "logs/companions/counterexample.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.counterexample"),
    shell:
        "starnmf companions counterexample {output} 2> {log}"


rule descent_on_counterexample:
    output:
        "results/companions/descent.csv",
    log:
        "logs/companions/descent.log",
    benchmark:
        "benchmarks/jobs/companions/descent.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.descent"),
        starts=config["companion_starts"],
        seed=config["seed"],
    shell:
        "starnmf companions descent {output} --starts {params.starts} --seed {params.seed} --threads {threads} 2> {log}"


rule spurious_pairs:
    output:
        "results/companions/pairs.csv",
    log:
        "logs/companions/pairs.log",
    benchmark:
        "benchmarks/jobs/companions/pairs.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.pairs"),
        starts=config["companion_starts"],
        seed=config["seed"],
    shell:
        "starnmf companions pairs {output} --starts {params.starts} --seed {params.seed} 2> {log}"


rule starts_between:
    output:
        "results/companions/starts.csv",
    log:
        "logs/companions/starts.log",
    benchmark:
        "benchmarks/jobs/companions/starts.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.starts"),
        starts=config["companion_starts"],
        seed=config["seed"],
    shell:
        "starnmf companions starts {output} --starts {params.starts} --seed {params.seed} --threads {threads} 2> {log}"


rule companions:
    input:
        COMPANION_TABLES,
        [single_figure_files(figure) for figure in COMPANION_FIGURES],
