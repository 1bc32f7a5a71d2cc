#!/usr/bin/env bash
# Run by Snakemake in the new conda environment, from the folder the workflow was started in.
set -euo pipefail
python envs/install.py --torch cuda
