"""What a result was measured on."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from importlib.metadata import version
from typing import Any


def machine() -> dict[str, object]:
    """Processor, cores, Python and library versions, date."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), name)
    except OSError:
        pass
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "jax": version("jax"),
        "cvxpy": version("cvxpy"),
        "highspy": version("highspy"),
        "date": datetime.date.today().isoformat(),
    }


def headed(document: dict[str, Any], level: str) -> list[str]:
    """Heading of a document of results, of a Markdown level ("##"), and what it was measured on."""
    about = ", ".join(f"{k} {v}" for k, v in document["machine"].items())
    return ["", f"{level} {document['where']}", "", f"{about}. {document.get('note', '')}".strip(), ""]


def device(gpu: bool) -> str:
    """Name of the GPU, or of the processor where none is asked for; ends the run where a GPU is and there is none."""
    if not gpu:
        return str(machine()["processor"])
    import jax

    first = jax.devices()[0]
    if first.platform != "gpu":
        sys.exit("no GPU here: run `make bench` for the processor")
    return str(first.device_kind)
