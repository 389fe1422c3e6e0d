"""SIGINT, SIGTERM and SIGHUP: the first one stops what runs, exactly once; every later one is noted.

A cancelled job gets several signals in a row. Were each a `KeyboardInterrupt`, the second would come
while the consequences of the first are dealt with. Handlers belong to the main thread; elsewhere
nothing here does anything.
"""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from enum import Enum, auto
from types import FrameType
from typing import Any, TypeAlias

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler: TypeAlias = Callable[[int, FrameType | None], None]


class _Level(Enum):
    """What the first signal does."""

    RAISE = auto()
    DEFER = auto()
    HOLD = auto()


class SignalWatch:
    """`ports.Signals` for this process."""

    def __init__(self) -> None:
        self.came = False
        self._count = itertools.count()  # one call tells and counts: handlers can interrupt each other
        self._level = _Level.RAISE
        self._waiting = False
        self._program: Callable[[], None] | None = None

    def defer(self) -> None:
        """From now on no signal raises: it goes to the program that runs, else to the next one."""
        self._level = _Level.DEFER

    def hold(self) -> None:
        """From now on a signal is noted and does nothing else, not even to a program."""
        self._level = _Level.HOLD
        self._waiting = False

    def note(self) -> bool:
        """There was a signal. Whether it was the first."""
        first = next(self._count) == 0
        self.came = True
        return first

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """The handler of all three signals."""
        if not self.note() or self._level is _Level.HOLD:
            return
        if self._program is not None:
            self._program()
        elif self._level is _Level.DEFER:
            self._waiting = True
        else:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def program(self, stop: Callable[[], None]) -> Iterator[None]:
        """Inside, `stop` is called for the first signal."""
        before, self._program = self._program, stop
        try:
            if self._waiting and self._level is not _Level.HOLD:
                self._waiting = False
                stop()
            yield
        finally:
            self._program = before


_watches: list[SignalWatch] = []
"""Those that the main thread keeps now, the innermost last."""


@contextlib.contextmanager
def one_signal() -> Iterator[SignalWatch]:
    """Inside, the first signal raises `KeyboardInterrupt`, or goes to the program that `process.run`
    is running; later ones are only noted. Nothing is raised at the end: look at `came`.

    The watch says what the first one does from then on: see `ports.Signals`. Of two, one inside the
    other, the inner one takes the signals, and one it took counts as the outer one's first too.
    """
    watch = SignalWatch()
    if threading.current_thread() is not threading.main_thread():
        yield watch
        return
    with _handled_by(watch.take):
        _watches.append(watch)
        try:
            yield watch
        finally:
            _watches.remove(watch)
            if watch.came and _watches:
                _watches[-1].note()


def one_signal_to_the_end() -> None:
    """As inside `one_signal`, from now on to the end of this process.

    What a run says at its end, and its exit code, must not depend on how fast it was: the second signal of
    a cancelled job may come when the run's own watch is over. Does nothing outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    watch = SignalWatch()
    with _all_at_once():
        for number in SIGNALS:
            signal.signal(number, watch.take)
        _watches.append(watch)


def hold_signals() -> None:
    """From now on a signal is only noted, where a watch is kept: nothing is left but the last words."""
    if _watches and threading.current_thread() is threading.main_thread():
        _watches[-1].hold()


@contextlib.contextmanager
def passed_on(stop: Callable[[], None]) -> Iterator[None]:
    """Inside, signals call `stop`: the first one where a watch is kept, else each of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
    elif _watches:
        with _watches[-1].program(stop):
            yield
    else:
        with _handled_by(lambda _number, _frame: stop()):
            yield


@contextlib.contextmanager
def _handled_by(handler: _Handler) -> Iterator[None]:
    previous: dict[signal.Signals, Any] = {}
    try:
        with _all_at_once():
            for number in SIGNALS:
                previous[number] = signal.signal(number, handler)
        yield
    finally:
        with _all_at_once():
            for number, before in previous.items():
                signal.signal(number, signal.SIG_DFL if before is None else before)


@contextlib.contextmanager
def _all_at_once() -> Iterator[None]:
    """Signals wait meanwhile, so that none meets handlers of which only some are replaced."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
