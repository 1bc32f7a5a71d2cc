# Of every table what it is made from, and the module and the arguments of the command that writes it.
WRITTEN = {
    "table1": (lambda wildcards: expand(path_of(MATRICES), dataset=datasets_for("table1")), "comparisons", ["table1"]),
    "table3": (measured(TRAININGS), "comparisons", ["table3"]),
    "table6": ([], "comparisons", ["table6", *config["datasets"]]),
}
for table in LENGTH_TABLES:
    networks = [network.name for network in ARCHITECTURES if length_table(network) == table]
    WRITTEN[table] = (measured(LENGTHS, networks=networks), "lengths", ["lengths", table])

for table, (files, module, arguments) in WRITTEN.items():

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
            code=code(f"starnmf.tables.{module}"),
            arguments=arguments,
        shell:
            "starnmf tables {params.arguments} {input}"
            " --csv {output.csv} --markdown {output.markdown} --latex {output.latex} 2> {log}"


rule tables:
    input:
        expand("<results>/tables/{table}.{suffix}", table=RUN_TABLES, suffix=["csv", "md", "tex"]),
