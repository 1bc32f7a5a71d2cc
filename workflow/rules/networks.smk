rule train:
    input:
        f"<results>/datasets/{IMAGES}.h5",
    output:
        checkpoints="<results>/networks/{network}/training-{training}/checkpoints.h5",
        history=path_of(HISTORY),
        summary=path_of(TRAININGS),
    log:
        "<logs>/networks/{network}/training-{training}/train.log",
    benchmark:
        "<benchmarks>/networks/{network}/training-{training}/train.tsv"
    conda:
        GPU_ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(8000),
        runtime=training_minutes,
        gpu=GPUS,
    params:
        code=code("starnmf.networks.training"),
        # Not an output: Snakemake would delete it before a killed training is resumed.
        resume=lambda wildcards, output: str(Path(output.checkpoints).with_name("resume.h5")),
        resume_every=config["resume_every"],
        epochs=config["epochs"],
        seed=config["seed"],
        device=config["device"],
    shell:
        "starnmf networks train {wildcards.network} {input} {output.checkpoints} {output.history} {output.summary}"
        " --training {wildcards.training} --seed {params.seed} --epochs {params.epochs} --resume {params.resume}"
        " --resume-every {params.resume_every} --device {params.device} --threads {threads} 2> {log}"


rule lengths:
    input:
        checkpoints="<results>/networks/{network}/training-{training}/checkpoints.h5",
        images=f"<results>/datasets/{IMAGES}.h5",
    output:
        path_of(LENGTHS),
    log:
        "<logs>/networks/{network}/training-{training}/lengths.log",
    benchmark:
        "<benchmarks>/networks/{network}/training-{training}/lengths.tsv"
    conda:
        GPU_ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(8000),
        runtime=training_minutes,
        gpu=GPUS,
    params:
        code=code("starnmf.networks.lengths"),
        command="lengths",
        sizes=f"--directions {config['directions']} --points {config['line_points']}",
        images=config["line_images"],
        batch_norm=config["batch_norm"],
        seed=config["seed"],
        device=config["device"],
    shell:
        "starnmf networks {params.command} {input.checkpoints} {input.images} {output} {params.sizes}"
        " --line-images {params.images} --batch-norm {params.batch_norm} --seed {params.seed}"
        " --device {params.device} --threads {threads} 2> {log}"


use rule lengths as network_surface with:
    output:
        path_of(NETWORK_SURFACES),
    log:
        "<logs>/networks/{network}/training-{training}/surface.log",
    benchmark:
        "<benchmarks>/networks/{network}/training-{training}/surface.tsv"
    params:
        code=code("starnmf.networks.surface"),
        command="surface",
        sizes=f"--points {config['surface_points']}",


rule networks:
    input:
        NETWORK_TABLES,
