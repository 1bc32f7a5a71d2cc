rule record:
    input:
        descriptions=expand(path_of(MATRICES), dataset=DATASETS),
        trainings=measured(TRAININGS),
        files=[*rules.figures.input, *rules.tables.input, *rules.judge_claims.output],
        tables=MEASUREMENTS,
    output:
        "<results>/provenance.json",
    log:
        "<logs>/provenance/record.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.provenance.record"),
        options=lambda wildcards, input: [
            *(f"--table {path}" for path in input.tables),
            *(f"--description {path}" for path in input.descriptions),
            *(f"--training {path}" for path in input.trainings),
        ],
        jobs=f"{FOLDER}/jobs",
        # The command reads the configuration from the environment; here it makes the rule rerun after a change.
        configuration=config,
    shell:
        "starnmf provenance record {output} {input.files} {params.options} --jobs {params.jobs} 2> {log}"
