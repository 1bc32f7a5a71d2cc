rule convexity:
    output:
        "results/theory/convexity.csv",
    log:
        "logs/theory/convexity.log",
    benchmark:
        "benchmarks/jobs/theory/convexity.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=convexity_minutes,
    params:
        code=code("starnmf.theory.convexity"),
        trials=config["trials"],
        seed=config["seed"],
    shell:
        "starnmf theory convexity {output} --trials {params.trials} --seed {params.seed} --threads {threads} 2> {log}"


rule facts:
    output:
        facts="results/theory/facts.csv",
        counting="results/theory/counting.csv",
    log:
        "logs/theory/facts.log",
    benchmark:
        "benchmarks/jobs/theory/facts.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.theory.facts"),
        seed=config["seed"],
    shell:
        "starnmf theory facts {output.facts} {output.counting} --seed {params.seed} 2> {log}"


rule concentration:
    output:
        "results/theory/concentration.csv",
    log:
        "logs/theory/concentration.log",
    benchmark:
        "benchmarks/jobs/theory/concentration.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
    params:
        code=code("starnmf.theory.concentration"),
        seed=config["seed"],
    shell:
        "starnmf theory concentration {output} --seed {params.seed} --threads {threads} 2> {log}"


rule identities:
    output:
        "results/theory/identities.csv",
    log:
        "logs/theory/identities.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.theory.identities"),
        seed=config["seed"],
    shell:
        "starnmf theory identities {output} --seed {params.seed} 2> {log}"


rule profile:
    output:
        "results/theory/profile.csv",
    log:
        "logs/theory/profile.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.theory.profile"),
        seed=config["seed"],
    shell:
        "starnmf theory profile {output} --seed {params.seed} 2> {log}"


rule planted_lines:
    output:
        "results/theory/lines.csv",
    log:
        "logs/theory/lines.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.theory.lines"),
        seed=config["seed"],
    shell:
        "starnmf theory lines {output} --seed {params.seed} 2> {log}"


rule surface:
    output:
        "results/theory/surface.csv",
    log:
        "logs/theory/surface.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.theory.surface"),
    shell:
        "starnmf theory surface {output} 2> {log}"


rule theory:
    input:
        THEORY_TABLES,
