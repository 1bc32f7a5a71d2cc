rule counterexample:
    output:
        "results/companions/isometry/counterexample.csv",
    log:
        "logs/companions/isometry/counterexample.log",
    conda:
        "../../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.companions.isometry.counterexample"),
    shell:
        "starnmf companions isometry counterexample {output} 2> {log}"


rule descent_on_counterexample:
    output:
        "results/companions/isometry/descent.csv",
    log:
        "logs/companions/isometry/descent.log",
    benchmark:
        "benchmarks/jobs/companions/isometry/descent.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.isometry.descent"),
        starts=config["isometry_starts"],
        seed=config["seed"],
    shell:
        "starnmf companions isometry descent {output} --starts {params.starts} --seed {params.seed} --threads {threads} 2> {log}"


rule spurious_pairs:
    output:
        "results/companions/isometry/pairs.csv",
    log:
        "logs/companions/isometry/pairs.log",
    benchmark:
        "benchmarks/jobs/companions/isometry/pairs.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.isometry.pairs"),
        starts=config["isometry_starts"],
        seed=config["seed"],
    shell:
        "starnmf companions isometry pairs {output} --starts {params.starts} --seed {params.seed} 2> {log}"


rule starts_between:
    output:
        "results/companions/isometry/starts.csv",
    log:
        "logs/companions/isometry/starts.log",
    benchmark:
        "benchmarks/jobs/companions/isometry/starts.tsv"
    conda:
        "../../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.companions.isometry.starts"),
        starts=config["isometry_starts"],
        seed=config["seed"],
    shell:
        "starnmf companions isometry starts {output} --starts {params.starts} --seed {params.seed} --threads {threads} 2> {log}"


rule isometry:
    input:
        companion("isometry"),
