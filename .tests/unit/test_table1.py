"""The rule of Table 1 alone: from `table1/data` exactly the files of `table1/expected`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def files_below(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_table1(tmp_path):
    data, expected = HERE / "table1/data", files_below(HERE / "table1/expected")
    shutil.copytree(data, tmp_path, dirs_exist_ok=True)
    subprocess.run(
        [
            *("snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(tmp_path), "--cores", "1"),
            *("--force", "--notemp", "--allowed-rules", "table1", "--configfile", str(ROOT / "config.yaml")),
            *("--config", "datasets=['metabolic','movielens']", "--", *expected),
        ],
        check=True,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    made = files_below(tmp_path / "results")
    assert {f"results/{name}": content for name, content in made.items()} == expected | files_below(data)
