"""What a measurement was taken on, and how much memory a process took at most."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

__all__ = ["GIB", "command", "describe_machine", "enough_disk", "peak_memory", "today"]

GIB = 1 << 30


def describe_machine() -> Mapping[str, object]:
    """Processor, cores, memory, system, load before the start, and the versions of what answers."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB, 1),
        "system": platform.platform(),
        "load_average_before": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        **{package: version(package) for package in ("coterie", "duckdb", "numpy", "pyarrow", "pyroaring")},
    }


def _cpu_model() -> str:
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def peak_memory() -> int:
    """Bytes of memory this process has held at most.

    Linux hands the peak of the starting process down to `getrusage`; VmHWM is this program's own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def enough_disk(folder: Path, need: Mapping[str, int]) -> bool:
    """Say what is needed (bytes, by what for) and what is free where `folder` is or will be; whether it suffices."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    parts = ", ".join(f"{what} {size / GIB:.1f}" for what, size in need.items())
    print(f"disk needed: about {sum(need.values()) / GIB:.1f} GiB ({parts}); free: {free / GIB:.1f} GiB", flush=True)
    return sum(need.values()) < free


def today() -> str:
    return time.strftime("%Y-%m-%d")


def command(module: str) -> str:
    """The command that started this program."""
    return " ".join(["python", "-m", module, *sys.argv[1:]])
