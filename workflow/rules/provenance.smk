rule record:
    input:
        descriptions=expand(MATRICES.pattern, dataset=DATASETS),
        trainings=expand(TRAININGS.pattern, network=NETWORKS, training=TRAINING_NUMBERS),
        files=[
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
        command="record",
        options=lambda wildcards, input: [
            *(f"--description {path}" for path in input.descriptions),
            *(f"--training {path}" for path in input.trainings),
            "--jobs benchmarks/jobs",
        ],
        # The command reads the configuration from the environment; here it makes the rule rerun after a change.
        configuration=config,
    shell:
        "starnmf provenance {params.command} {output} {input.files} {params.options} 2> {log}"


use rule record as bundle with:
    input:
        files=[*rules.record.output, *MEASUREMENTS],
    output:
        "results/bundle.zip",
    log:
        "logs/provenance/bundle.log",
    params:
        command="bundle",
        options=[],


use rule record as crate with:
    input:
        files=[*rules.record.output, *rules.record.input.files],
        workflow=["Snakefile", "config.yaml", *sorted(glob("workflow/rules/*.smk"))],
    output:
        "results/crate.zip",
    log:
        "logs/provenance/crate.log",
    params:
        code=code("starnmf.provenance.crate"),
        command="crate",
        options=lambda wildcards, input: [f"--workflow {path}" for path in input.workflow],
