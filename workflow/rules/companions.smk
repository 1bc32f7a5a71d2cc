include: "companions/isometry.smk"


rule companions:
    input:
        rules.isometry.input,
