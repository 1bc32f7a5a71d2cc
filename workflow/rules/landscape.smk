rule curvature:
    input:
        matrix="results/datasets/{dataset}/rate-{rate}.h5",
        factors="results/factorization/{dataset}/{regime}/rate-{rate}.h5",
    output:
        CURVATURE.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/curvature-rate-{rate}.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/curvature-rate-{rate}.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=landscape_memory,
        runtime=landscape_minutes,
    params:
        code=code("starnmf.landscape.curvature"),
        points=config["points"],
    shell:
        "starnmf landscape curvature {input.matrix} {input.factors} {output}"
        " --points {params.points} --threads {threads} 2> {log}"


rule scales:
    input:
        matrix="results/datasets/{dataset}/rate-1.0.h5",
        factors="results/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        SCALES.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/scales.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/scales.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=landscape_memory,
        runtime=landscape_minutes,
    params:
        code=code("starnmf.landscape.scales"),
    shell:
        "starnmf landscape scales {input.matrix} {input.factors} {output} --threads {threads} 2> {log}"


rule lines:
    input:
        matrix="results/datasets/{dataset}/rate-1.0.h5",
        factors="results/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        LINES.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/lines.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/lines.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=landscape_memory,
        runtime=landscape_minutes,
    params:
        code=code("starnmf.landscape.lines"),
        lines=config["lines"],
    shell:
        "starnmf landscape lines {input.matrix} {input.factors} {output} --lines {params.lines} 2> {log}"


rule trajectory:
    input:
        matrix="results/datasets/{dataset}/rate-1.0.h5",
        factors="results/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        TRAJECTORY.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/trajectory.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/trajectory.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=landscape_memory,
        runtime=landscape_minutes,
    params:
        code=code("starnmf.landscape.trajectory"),
    shell:
        "starnmf landscape trajectory {input.matrix} {input.factors} {output} --threads {threads} 2> {log}"


rule spectrum:
    input:
        "results/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        SPECTRUM.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/spectrum.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/spectrum.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=landscape_memory,
        runtime=landscape_minutes,
    params:
        code=code("starnmf.landscape.spectrum"),
        repetitions=config["repetitions"],
    shell:
        "starnmf landscape spectrum {input} {output} --repetitions {params.repetitions} 2> {log}"


rule times:
    input:
        matrix="results/datasets/{dataset}/rate-1.0.h5",
        factors="results/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        TIMES.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/times.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/times.tsv"
    conda:
        "../../envs/starnmf.yaml"
    threads: config["threads"]
    resources:
        mem_mb=landscape_memory,
        runtime=landscape_minutes,
    params:
        code=code("starnmf.landscape.times"),
        points=config["points"],
    shell:
        "starnmf landscape times {input.matrix} {input.factors} {output}"
        " --points {params.points} --threads {threads} 2> {log}"


rule steps:
    input:
        matrix="results/datasets/{dataset}/rate-1.0.h5",
        factors="results/factorization/{dataset}/{regime}/rate-1.0.h5",
    output:
        STEPS.pattern,
    log:
        "logs/landscape/{dataset}/{regime}/steps.log",
    benchmark:
        "benchmarks/jobs/landscape/{dataset}/{regime}/steps.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=landscape_memory,
        runtime=steps_minutes,
    params:
        code=code("starnmf.landscape.steps"),
    shell:
        "starnmf landscape steps {input.matrix} {input.factors} {output} 2> {log}"
