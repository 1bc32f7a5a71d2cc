"""Every benchmark that needs no data, on its default cases, as a table in `benchmarks/results`.

python benchmarks
python benchmarks --device cuda

On published files there are `optimizers.py --data` and `accuracy.py --data` besides.
"""

import argparse

import curvature
import factorization
import kernels
import networks
import optima
import optimizers
import torch
from allocator import start_again_with_fair_allocator
from table import Row, write

if __name__ == "__main__":
    start_again_with_fair_allocator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="cuda: gradients and networks only")
    device = torch.device(parser.parse_args().device)
    torch.set_num_threads(1)
    rows: list[Row] = [row for name in factorization.cases() for row in factorization.compare(name, device)]
    if device.type == "cpu":
        for subject in (kernels, curvature, optima, optimizers):
            rows += [row for name in subject.cases() for row in subject.compare(name)]
    rows += [row for name in networks.cases(device) for row in networks.compare(name, device)]
    aimed = [row for row in rows if row.target]
    table = write(rows, device.type, device)
    print(f"{sum(row.met is True for row in aimed)} of {len(aimed)} targets met; the table is in {table}")
