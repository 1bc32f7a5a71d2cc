rule stand_in:
    output:
        directory("<results>/stand-in/{dataset}"),
    log:
        "<logs>/datasets/{dataset}/stand-in.log",
    benchmark:
        "<benchmarks>/datasets/{dataset}/stand-in.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=matrix_memory,
    params:
        code=lambda wildcards: checksum("starnmf.datasets.stand_in", published(wildcards.dataset).module),
        command="stand-in {dataset}",
        sizes=stand_in_sizes,
        seed=config["seed"],
    shell:
        "starnmf datasets {params.command} {output} {params.sizes} --seed {params.seed} 2> {log}"


use rule stand_in as stand_in_images with:
    output:
        directory(f"<results>/stand-in/{IMAGES}"),
    log:
        f"<logs>/datasets/{IMAGES}/stand-in.log",
    benchmark:
        f"<benchmarks>/datasets/{IMAGES}/stand-in.tsv"
    resources:
        mem_mb=growing(4000),
    params:
        code=code("starnmf.datasets.cifar10"),
        command="stand-in-images",
        sizes="--training {} --test {}".format(*config["stand_in_images"]),


rule fetch:
    output:
        # The files themselves are not outputs: runs share them, and Snakemake would delete partial transfers and files
        # that users placed there.
        "<results>/fetched/{origin}/{dataset}.json",
    log:
        "<logs>/datasets/{dataset}/fetch-{origin}.log",
    wildcard_constraints:
        origin="published|mirror",
        dataset="|".join([*NAMES, IMAGES]),
    # On the machine that runs Snakemake: the nodes of a cluster often have no network.
    localrule: True
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=fetching_memory,
    params:
        folder="data/{origin}/{dataset}",
        record="data/checksums/{origin}/{dataset}.json",
        mirror=lambda wildcards: (["--mirror", config["mirror"]] if wildcards.origin == "mirror" else []),
        offline="--offline" if config["offline"] else "",
        limits=[
            *("--lowest-rate", config["lowest_rate"]),
            *("--download-hours", config["download_hours"]),
            *("--expanded-limit", config["expanded_limit"]),
        ],
    shell:
        "starnmf datasets fetch {wildcards.dataset} {params.folder} {output} --record {params.record}"
        " {params.mirror:q} {params.offline} {params.limits} 2> {log}"


rule normalize:
    input:
        lambda wildcards: raw_files_of(wildcards.dataset),
    output:
        matrix="<results>/datasets/{dataset}.h5",
        description=path_of(MATRICES),
    log:
        "<logs>/datasets/{dataset}/normalize.log",
    benchmark:
        "<benchmarks>/datasets/{dataset}/normalize.tsv"
    wildcard_constraints:
        dataset="|".join(NAMES),
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=matrix_memory,
    params:
        code=lambda wildcards: checksum("starnmf.datasets.normalization", published(wildcards.dataset).module),
        command="normalize {dataset}",
        raw=lambda wildcards, input: input if source(wildcards.dataset) == "stand-in" else raw_folder(wildcards.dataset),
        options=reading_options,
        state=lambda wildcards: state_of(mirrored_files_of(wildcards.dataset)),
        expanded_limit=config["expanded_limit"],
    shell:
        "starnmf datasets {params.command} {params.raw:q} {output} {params.options:q}"
        " --expanded-limit {params.expanded_limit} 2> {log}"


use rule normalize as own with:
    input:
        lambda wildcards: OWN[wildcards.dataset]["path"],
    log:
        "<logs>/datasets/{dataset}/own.log",
    benchmark:
        "<benchmarks>/datasets/{dataset}/own.tsv"
    wildcard_constraints:
        dataset="|".join(OWN) or "(?!)",
    params:
        code=code("starnmf.datasets.own"),
        command="own {dataset}",
        state=lambda wildcards: state_of([OWN[wildcards.dataset]["path"]]),
        # A name that begins with - would be an option.
        raw=lambda wildcards, input: str(input) if Path(str(input)).is_absolute() else f"./{input}",
        options=own_options,


use rule normalize as images with:
    input:
        lambda wildcards: raw_files_of(IMAGES),
    output:
        f"<results>/datasets/{IMAGES}.h5",
    log:
        f"<logs>/datasets/{IMAGES}/images.log",
    benchmark:
        f"<benchmarks>/datasets/{IMAGES}/images.tsv"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.datasets.cifar10"),
        command="images",
        raw=lambda wildcards, input: input if source(IMAGES) == "stand-in" else raw_folder(IMAGES),
        options=["--source", source(IMAGES)],
        state=lambda wildcards: state_of(mirrored_files_of(IMAGES)),


rule subsample:
    input:
        "<results>/datasets/{dataset}.h5",
    output:
        "<results>/datasets/{dataset}/rate-{rate}.h5",
    log:
        "<logs>/datasets/{dataset}/subsample-rate-{rate}.log",
    benchmark:
        "<benchmarks>/datasets/{dataset}/subsample-rate-{rate}.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=matrix_memory,
    params:
        code=code("starnmf.matrix", "starnmf.subsamples"),
        subsamples=lambda wildcards: subsamples_at(wildcards.rate),
    shell:
        "starnmf datasets subsample {input} {output} --rate {wildcards.rate}"
        " --subsamples {params.subsamples} 2> {log}"
