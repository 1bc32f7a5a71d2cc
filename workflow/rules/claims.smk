rule judge_claims:
    input:
        measurements=MEASUREMENTS,
        # Also without networks: they have the lengths that the paper prints.
        lengths=expand("<results>/tables/{table}.csv", table=[] if ALONE else LENGTH_TABLES),
    output:
        csv="<results>/claims.csv",
        markdown="<results>/claims.md",
    log:
        "<logs>/claims.log",
    benchmark:
        "<benchmarks>/claims.tsv"
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code("starnmf.claims.ledger"),
        # The ledger of one matrix says nothing of networks and experiments, which its run does not have.
        only="--measured-only" if ALONE else "",
    shell:
        "starnmf claims judge {input} --csv {output.csv} --markdown {output.markdown} {params.only} 2> {log}"


rule claims:
    input:
        rules.judge_claims.output,
