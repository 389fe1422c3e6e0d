"""Python's cyclic garbage collector, paused where very many objects are made that form no cycle."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_MANY = 10_000
"""From so many new objects on, it leaves alone all there are then: those of some thousand resources."""
P = ParamSpec("P")
R = TypeVar("R")


def without_collector(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` with the collector paused; where very much was made, it never looks at that later.

    It looks through everything again each time the number of objects has grown by a quarter
    (https://docs.python.org/3/library/gc.html#gc.set_threshold), and when Python ends. For a large plan this
    is half of the time it takes to read it, and finds nothing: its memory is freed by counting references.
    """

    @wraps(function)
    def paused(*args: P.args, **kwargs: P.kwargs) -> R:
        was_on = gc.isenabled()
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            if was_on:
                if gc.get_count()[0] > _MANY:
                    gc.freeze()
                gc.enable()

    return paused
