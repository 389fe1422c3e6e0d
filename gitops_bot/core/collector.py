"""Python's cyclic garbage collector, paused where very many objects are made that form no cycle."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def without_collector(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` with the collector paused.

    It looks through everything again each time the number of objects has grown by a quarter
    (https://docs.python.org/3/library/gc.html#gc.set_threshold), which is half of the time it takes to
    read a large plan, and finds nothing. A plan's memory is freed by counting references.
    """

    @wraps(function)
    def paused(*args: P.args, **kwargs: P.kwargs) -> R:
        was_on = gc.isenabled()
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            if was_on:
                gc.enable()

    return paused
