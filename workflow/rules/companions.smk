include: "companions/isometry.smk"
include: "companions/purification.smk"


rule companions:
    input:
        rules.isometry.input,
        rules.purification.input,
