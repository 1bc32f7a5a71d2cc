# Tables without a file of their own for each network, by the command of their name: what they are made from.
TABLE_INPUTS = {
    "table1": lambda wildcards: expand(path_of(MATRICES), dataset=datasets_for("table1")),
    "table3": expand(path_of(TRAININGS), network=NETWORKS, training=TRAINING_NUMBERS),
    "table6": [],
}

for table, files in TABLE_INPUTS.items():

    rule:
        name:
            table
        input:
            files,
        output:
            multiext(f"<results>/tables/{table}", csv=".csv", markdown=".md", latex=".tex"),
        log:
            f"<logs>/tables/{table}.log",
        conda:
            "../../envs/starnmf.yaml"
        resources:
            mem_mb=growing(1000),
        params:
            code=code("starnmf.tables.comparisons"),
            table=[table, *(config["datasets"] if table == "table6" else [])],
        shell:
            "starnmf tables {params.table} {input}"
            " --csv {output.csv} --markdown {output.markdown} --latex {output.latex} 2> {log}"


use rule table1 as length_table with:
    input:
        lambda wildcards: expand(
            path_of(LENGTHS),
            network=[network.name for network in ARCHITECTURES if length_table(network) == wildcards.length_table],
            training=TRAINING_NUMBERS,
        ),
    output:
        multiext("<results>/tables/{length_table}", csv=".csv", markdown=".md", latex=".tex"),
    log:
        "<logs>/tables/{length_table}.log",
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
        [table_files(table) for table in RUN_TABLES],
