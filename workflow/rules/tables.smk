rule table1:
    input:
        expand("results/datasets/{dataset}.h5", dataset=DATASETS),
    output:
        csv="results/tables/table1.csv",
        markdown="results/tables/table1.md",
        latex="results/tables/table1.tex",
    log:
        "logs/tables/table1.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code("starnmf.tables.table1"),
    shell:
        "starnmf tables table1 {input} --csv {output.csv} --markdown {output.markdown} --latex {output.latex} 2> {log}"


rule table6:
    output:
        csv="results/tables/table6.csv",
        markdown="results/tables/table6.md",
        latex="results/tables/table6.tex",
    log:
        "logs/tables/table6.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code("starnmf.tables.table6"),
        datasets=DATASETS,
    shell:
        "starnmf tables table6 {params.datasets}"
        " --csv {output.csv} --markdown {output.markdown} --latex {output.latex} 2> {log}"


rule printed_lengths:
    output:
        csv="results/tables/printed.csv",
        markdown="results/tables/printed.md",
        latex="results/tables/printed.tex",
    log:
        "logs/tables/printed.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code("starnmf.tables.printed"),
    shell:
        "starnmf tables printed --csv {output.csv} --markdown {output.markdown} --latex {output.latex} 2> {log}"


rule tables:
    input:
        rules.table1.output,
        rules.table6.output,
        rules.printed_lengths.output,
