"""What our engines took for relaxations of known size, by kind of device: what "auto" goes by.

Printed by `benchmarks/page.py` from the results of `make bench` and `make bench-gpu`; change nothing by hand.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """device: "cpu" or "gpu". columns: of the program. seconds: median, compiling apart. where, date: of measuring."""

    device: str
    program: str
    columns: int
    engine: str
    seconds: float
    where: str
    date: str


MEASURED = (
    Row("cpu", "M", 102327, "exact", 30.432, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "M", 102327, "interior", 66.745, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "two-engines", 10149, "exact", 0.856, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "two-engines", 10149, "interior", 4.69, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "market-match", 19257, "exact", 4.689, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "market-match", 19257, "interior", 6.858, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "S", 20572, "exact", 1.437, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "S", 20572, "interior", 6.512, "Intel(R) Xeon(R) Processor", "2026-11-28"),
    Row("cpu", "two-engines", 10149, "exact", 3.149, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("cpu", "two-engines", 10149, "interior", 38.813, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("cpu", "market-match", 19257, "exact", 7.219, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("cpu", "market-match", 19257, "interior", 19.691, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("cpu", "M", 102327, "exact", 76.027, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("cpu", "S", 20572, "exact", 2.382, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("cpu", "S", 20572, "interior", 15.822, "Intel(R) Xeon(R) Processor @ 2.50GHz", "2026-11-26"),
    Row("gpu", "two-engines", 10149, "interior", 0.454, "NVIDIA H100 80GB HBM3", "2026-11-26"),
    Row("gpu", "market-match", 19257, "interior", 0.392, "NVIDIA H100 80GB HBM3", "2026-11-26"),
    Row("gpu", "S", 20336, "interior", 0.404, "NVIDIA H100 80GB HBM3", "2026-11-26"),
    Row("gpu", "M", 102327, "exact", 32.763, "NVIDIA H100 80GB HBM3", "2026-11-26"),
    Row("gpu", "M", 102327, "interior", 1.74, "NVIDIA H100 80GB HBM3", "2026-11-26"),
)
