# The ranks that are tried may depend on the matrix, which is read by the job: one job measures all of them, and the
# saved state of an unfinished one is not an output.
rule rank_choice:
    input:
        "<results>/datasets/{dataset}/rate-1.0.h5",
    output:
        choice=path_of(RANK_CHOICE),
        restarts=path_of(RANK_RESTARTS),
        held_out=path_of(HELD_OUT),
    log:
        "<logs>/rank_choice/{dataset}/ranks.log",
    benchmark:
        "<benchmarks>/rank_choice/{dataset}/ranks.tsv"
    conda:
        GPU_ENVIRONMENT
    threads: rank_choice_threads
    resources:
        mem_mb=rank_choice_memory,
        runtime=rank_choice_minutes,
        gpu=GPUS,
    params:
        code=code("starnmf.rank_choice.measurement"),
        folder=lambda wildcards, output: str(Path(output.choice).parent),
        ranks=[f"--rank {rank}" for rank in ranks_tried(config) or []],
        restarts=config["optima"],
        points=config["points"],
        splits=config["repetitions"],
        descent=DESCENT_OPTIONS,
        device=config["device"],
    shell:
        "starnmf rank_choice measure {input} {params.folder} {params.ranks} --restarts {params.restarts}"
        " --points {params.points} --splits {params.splits} {params.descent}"
        " --device {params.device} --threads {threads} 2> {log}"


rule rank:
    input:
        figure_files("figure19"),
        RANK_TABLES,
        expand("<results>/report/rank/{dataset}.html", dataset=DATASETS),
