include: "companions/isometry.smk"
include: "companions/purification.smk"
include: "companions/inductive.smk"


rule companions:
    input:
        rules.isometry.input,
        rules.purification.input,
        rules.inductive.input,
