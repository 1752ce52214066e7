"""Compile once per program structure: quickly, and remembered on disk between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from planner.machine import cache_folder

#: The program is written once, so the speed of the compiled code matters less than the time to compile it.
QUICK: dict[str, Any] = {"xla_backend_optimization_level": 0}


def compiled(function: Callable[..., Any], *arguments: Any) -> Any:
    """``function(*arguments)`` as one compiled call; compilations are kept in the user's cache folder."""
    return executable(function, *arguments)(*arguments)


def executable(function: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
    """The compiled function itself, to be called again with arguments of the same shapes."""
    remember()
    return jax.jit(function).lower(*arguments).compile(QUICK)


def remember() -> None:
    """Keep compilations in the user's cache folder, unless a cache is set or there is none."""
    if jax.config.values.get("jax_compilation_cache_dir") is not None:
        return
    folder = cache_folder("xla")
    if folder is None:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
