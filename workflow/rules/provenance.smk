rule record:
    input:
        descriptions=expand(MATRICES.pattern, dataset=DATASETS),
        trainings=expand(TRAININGS.pattern, network=NETWORKS, training=TRAINING_NUMBERS),
        results=[
            *rules.figures.input,
            *rules.tables.input,
            *rules.judge_claims.output,
        ],
    output:
        "results/provenance.json",
    log:
        "logs/provenance/record.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.provenance.record"),
        descriptions=lambda wildcards, input: [f"--description {path}" for path in input.descriptions],
        trainings=lambda wildcards, input: [f"--training {path}" for path in input.trainings],
        # The command reads the configuration from the environment; here it makes the rule rerun after a change.
        configuration=config,
    shell:
        "starnmf provenance record {output} {input.results} {params.descriptions} {params.trainings}"
        " --jobs benchmarks/jobs 2> {log}"


rule bundle:
    input:
        record=rules.record.output,
        tables=MEASUREMENTS,
    output:
        "results/bundle.zip",
    log:
        "logs/provenance/bundle.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.provenance.bundle"),
    shell:
        "starnmf provenance bundle {output} {input.record} {input.tables} 2> {log}"


rule crate:
    input:
        record=rules.record.output,
        workflow=["Snakefile", "config.yaml", *sorted(glob("workflow/rules/*.smk"))],
        results=rules.record.input.results,
    output:
        "results/crate.zip",
    log:
        "logs/provenance/crate.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.provenance.crate"),
        workflow=lambda wildcards, input: [f"--workflow {path}" for path in input.workflow],
    shell:
        "starnmf provenance crate {output} {input.record} {input.results} {params.workflow} 2> {log}"
