rule table1:
    input:
        expand(MATRICES.pattern, dataset=DATASETS),
    output:
        csv="results/tables/table1.csv",
        markdown="results/tables/table1.md",
        latex="results/tables/table1.tex",
    log:
        "logs/tables/table1.log",
    conda:
        "../../envs/starnmf.yaml"
    resources:
        mem_mb=growing(1000),
    params:
        code=code("starnmf.tables.table1"),
        table="table1",
    shell:
        "starnmf tables {params.table} {input}"
        " --csv {output.csv} --markdown {output.markdown} --latex {output.latex} 2> {log}"


use rule table1 as table3 with:
    input:
        expand(TRAININGS.pattern, network=NETWORKS, training=TRAINING_NUMBERS),
    output:
        csv="results/tables/table3.csv",
        markdown="results/tables/table3.md",
        latex="results/tables/table3.tex",
    log:
        "logs/tables/table3.log",
    params:
        code=code("starnmf.tables.table3"),
        table="table3",


use rule table1 as table6 with:
    input:
        [],
    output:
        csv="results/tables/table6.csv",
        markdown="results/tables/table6.md",
        latex="results/tables/table6.tex",
    log:
        "logs/tables/table6.log",
    params:
        code=code("starnmf.tables.table6"),
        table=["table6", *config["datasets"]],


use rule table1 as length_table with:
    input:
        lambda wildcards: expand(
            LENGTHS.pattern,
            network=[network.name for network in ARCHITECTURES if length_table(network) == wildcards.length_table],
            training=TRAINING_NUMBERS,
        ),
    output:
        csv="results/tables/{length_table}.csv",
        markdown="results/tables/{length_table}.md",
        latex="results/tables/{length_table}.tex",
    log:
        "logs/tables/{length_table}.log",
    params:
        code=code("starnmf.tables.lengths"),
        table="lengths {length_table}",


for table in LENGTH_TABLES:

    rule:
        name:
            table
        input:
            table_files(table),


rule tables:
    input:
        rules.table1.output,
        rules.table3.output,
        rules.table6.output,
        [table_files(table) for table in LENGTH_TABLES],
