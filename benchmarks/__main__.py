"""Every benchmark that needs no data, on its default cases, as a table in `benchmarks/results`.

python benchmarks

On published files there are `championship.py --data` and `accuracy.py --data` besides, on a GPU `gpu.py`.
"""

import championship
import curvature
import factorization
import kernels
import networks
import optima
import torch
from allocator import start_again_with_fair_allocator
from table import Row, write

if __name__ == "__main__":
    start_again_with_fair_allocator()
    device = torch.device("cpu")
    torch.set_num_threads(1)
    rows: list[Row] = []
    for subject in (factorization, kernels, curvature, optima, championship):
        rows += [row for name in subject.cases() for row in subject.compare(name)]
    rows += [row for name in networks.cases(device) for row in networks.compare(name, device)]
    aimed = [row for row in rows if row.target]
    table = write(rows, device.type, device)
    print(f"{sum(row.met is True for row in aimed)} of {len(aimed)} targets met; the table is in {table}")
