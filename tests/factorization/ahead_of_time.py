"""Kernels compiled for a GPU that is not there: an H100 or H200.

Run as a program, so that Triton, which elsewhere interprets in the tests, compiles. It prints the instructions of every
kernel, the registers of a thread and the bytes that do not fit them, and the instructions of a walk over observed
entries for each entry and restart, by the programs of NVIDIA that Triton brings.

    python -m tests.factorization.ahead_of_time
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

RANKS = {"float32": (3, 4, 10, 20, 49, 50, 88), "float64": (3, 49)}


@cache
def compiled():
    """By name of the kernel: `instructions`, `registers`, `spilled` bytes and, of walks, instructions `per_entry`."""
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
    from starnmf.factorization.observed_gpu.flow import RESTARTS
    from starnmf.factorization.observed_gpu.layout import Layout

    doubles = dict.fromkeys(("errors", "sizes"), "*fp64")
    integers = dict.fromkeys(("rows", "others", "segments", "length"), "i32")
    of_entries = dict.fromkeys(("indices", "row_of_segment", "longest_first", "first_segment"), "*i32")
    types = doubles | integers | of_entries | {"values": "*fp32", "bounds": "*i64"}
    for number, ranks in RANKS.items():
        short = number.replace("float", "fp")
        for rank in ranks:
            layout = Layout.of(rank, getattr(torch, number), RESTARTS)
            sizes = observed.walk_sizes(layout) | {"SQUARES": False}
            yield f"observed walk {rank} {number}", observed._walk, sizes, types, short
            yield f"observed stage {rank} {number}", observed._stage, observed.stage_sizes(layout), types, short
    for rank in RANKS["float32"]:
        layout = Layout.of(rank, torch.float64, 1)
        for squares in (False, True):
            sizes = observed.walk_sizes(layout) | {"SQUARES": squares}
            yield f"observed measure {rank} {squares}", observed._walk, sizes, types, "fp64"
        yield f"observed segments {rank}", observed._add_segments, observed.stage_sizes(layout), types, "fp64"
    yield "sums", observed._sums, {"BLOCK": observed.SUMMED}, {"length": "i32"}, "fp64"
    named = {"named": "*i64", "adjacent": "i32", "inner": "i32", "count": "i32"}
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
    options = {"num_warps": sizes.get("num_warps", 4)}
    return triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options).asm


def said_of(binary, program, *options):
    """What a program of NVIDIA says of compiled code."""
    import triton

    folder = Path(triton.__file__).parent / "backends" / "nvidia" / "bin"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(binary)
        file.flush()
        command = [folder / program, *options, file.name]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def resources(binary):
    """Registers of a thread and bytes spilled to memory."""
    said = said_of(binary, "cuobjdump", "--dump-resource-usage")
    numbers = {key: int(value) for key, value in re.findall(r"(REG|STACK|LOCAL):(\d+)", said)}
    return numbers["REG"], numbers["STACK"] + numbers["LOCAL"]


def longest_loop(binary):
    """Instructions of a machine, from one that is jumped back to as far as the jump."""
    instructions, places, loops = [], {}, [[]]
    for line in said_of(binary, "nvdisasm", "-c").splitlines():
        if label := re.match(r"(\.L_x_\d+):", line):
            places[label[1]] = len(instructions)
        elif found := re.match(r"\s*/\*\w+\*/\s+(?:@\S+ +)?(.*\S)\s*;", line):
            instructions.append(found[1])
            jump = re.match(r"BRA.*`\((\.L_x_\d+)\)", found[1])
            # Another kind of jump back, to code that threads take together, stands behind the kernel's end.
            if jump and jump[1] in places and "EXIT" not in instructions[places[jump[1]] :]:
                loops.append(instructions[places[jump[1]] :])
    return max(loops, key=len)


def per_entry(loop, sizes):
    """Instructions of a loop over entries for each entry and restart, all threads of a warp together."""
    loads = sum(bool(re.match(r"LDG\S*\.128 ", instruction)) for instruction in loop)
    pairs_at_a_time = sizes["ENTRIES"] * sizes["RESTARTS"] * loads / sizes["PARTS"]
    return 32 * len(loop) / pairs_at_a_time


def main():
    found = {}
    for name, kernel, sizes, types, number in every_kernel():
        parts = compile_for_a_gpu(kernel, sizes, types, number)
        lines = (line.split() for line in parts["ptx"].splitlines() if line.endswith(";"))
        instructions = sorted({words[1] if words[0].startswith("@") else words[0] for words in lines})
        registers, spilled = resources(parts["cubin"])
        found[name] = {"instructions": instructions, "registers": registers, "spilled": spilled}
        if name.startswith("observed walk"):
            found[name]["per_entry"] = per_entry(longest_loop(parts["cubin"]), sizes)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
