"""Kernels compiled for a GPU that is not there: an H100 or H200.

Run as a program, so that Triton, which elsewhere interprets in the tests, compiles. It prints the instructions of every
kernel, and the registers of a thread and the bytes that do not fit them, by the assembler that Triton brings.

    python -m tests.factorization.ahead_of_time
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

RANKS = {"float32": (3, 4, 10, 20, 49, 50, 88), "float64": (3, 49)}


def compiled():
    """By name of the kernel: its `instructions`, `registers` and `spilled` bytes."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    command = [sys.executable, "-m", "tests.factorization.ahead_of_time"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def every_kernel():
    """Name, kernel, sizes that it is compiled for, and types of those arguments that are not of the factors' type."""
    import torch

    from starnmf.factorization import gpu_flow
    from starnmf.factorization.dense.hals import SWEEPS
    from starnmf.factorization.dense_gpu import kernels as dense
    from starnmf.factorization.observed_gpu import kernels as observed

    doubles = dict.fromkeys(("errors", "sizes", "measured", "rows", "sums"), "*fp64")
    whole = {"indptr": "*i64", "indices": "*i32", "values": "*fp32", "restarts": "i32", "length": "i32"}
    types = doubles | whole
    for measure in (False, True):
        sizes = observed._sizes(torch.empty(1, 1, 20)) | {"MEASURE": measure}
        unused = {} if measure else dict.fromkeys(("errors", "sizes"))
        yield f"observed stage {measure}", observed._stage, sizes | unused, types, "fp32"
    sizes = observed._sizes(torch.empty(1, 1, 20)) | {"MEASURE": "gradient"}
    yield "observed gradient", observed._measure, sizes, types, "fp32"
    yield "observed sums", observed._row_sums, {"BLOCK": observed.SUMMED}, types, "fp32"
    named = {"named": "*i64", "restarts": "i32", "inner": "i32", "count": "i32"}
    yield "accept", gpu_flow._accept, {"BLOCK": gpu_flow.BLOCK}, named, "fp32"
    yield "start", gpu_flow._start, {"BLOCK": gpu_flow.BLOCK}, named, "fp32"
    for number, ranks in RANKS.items():
        for rank in ranks:
            short = number.replace("float", "fp")
            yield f"dense stage {rank} {number}", dense._stage, dense.stage_sizes(rank), types, short
            sizes = {"RANK": rank, "BLOCK": dense.SWEPT, "SWEEPS": SWEEPS}
            yield f"dense sweep {rank} {number}", dense._sweep, sizes, types, short
            yield f"dense gram {rank} {number}", dense._gram_parts, dense.gram_sizes(rank), types, short


def compile_for_a_gpu(kernel, sizes, types, number):
    """The parts of a compiled kernel."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    constant = {key: size for key, size in sizes.items() if key in kernel.arg_names}
    signature = {key: "constexpr" if key in constant else types.get(key, f"*{number}") for key in kernel.arg_names}
    places = {(kernel.arg_names.index(key),): value for key, value in constant.items()}
    # As Triton specializes pointers, which torch aligns to 16 bytes.
    aligned = {(at,): [["tt.divisibility", 16]] for at, key in enumerate(kernel.arg_names) if signature[key][0] == "*"}
    source = ASTSource(kernel, signature, places, aligned)
    return triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm


def resources(binary):
    """Registers of a thread and bytes spilled to memory, by NVIDIA's program for compiled code that Triton brings."""
    import triton

    program = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(binary)
        file.flush()
        command = [program, "--dump-resource-usage", file.name]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    numbers = {key: int(value) for key, value in re.findall(r"(REG|STACK|LOCAL):(\d+)", said)}
    return numbers["REG"], numbers["STACK"] + numbers["LOCAL"]


def main():
    found = {}
    for name, kernel, sizes, types, number in every_kernel():
        parts = compile_for_a_gpu(kernel, sizes, types, number)
        lines = (line.split() for line in parts["ptx"].splitlines() if line.endswith(";"))
        instructions = sorted({words[1] if words[0].startswith("@") else words[0] for words in lines})
        registers, spilled = resources(parts["cubin"])
        found[name] = {"instructions": instructions, "registers": registers, "spilled": spilled}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
