"""What jobs ask of a scheduler."""

# `auto` cannot know what the machine will have that a job comes to.
GPUS = 1 if config["device"] == "cuda" else 0


def training_minutes(wildcards, attempt):
    """An upper estimate for one GPU, from the work of the network; longer on every retry (docs/networks.md)."""
    architecture = architecture_named(wildcards.network)
    work = architecture.layers / 110 * max(architecture.width, 1) ** 2 / 16
    return round(attempt * (30 + 480 * work * config["epochs"] / 300))
