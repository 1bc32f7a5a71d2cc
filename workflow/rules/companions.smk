include: "companions/isometry.smk"
include: "companions/inductive.smk"


rule companions:
    input:
        rules.isometry.input,
        rules.inductive.input,
