"""Failures on order: answer a request with an error, late, or hang up on it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """How one request is to fail. With `after` it is carried out first, so that the caller cannot
    know whether it was. The answer comes `delay` seconds late; with a status of 0 it is the right one."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    drop_connection: bool = False
    after: bool = False
    message: str = "Server Error"
    delay: float = 0.0


@dataclass(slots=True)
class _Order:
    method: str
    path: re.Pattern[str]
    fault: Fault
    left: int
    skip: int = 0


class Faults:
    """The failures still to come. The first order that fits a request is used up by it.

    Once `stopped` is set, no answer is late any more.
    """

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._orders: list[_Order] = []
        self._lock = threading.Lock()

    def add(
        self,
        method: str,
        path_regex: str,
        status: int = 500,
        *,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        drop_connection: bool = False,
        after: bool = False,
        message: str = "Server Error",
        delay: float = 0.0,
        skip: int = 0,
    ) -> None:
        """Fail the next `times` requests of this method (`*`: any) whose path the pattern finds.

        The first `skip` of them pass before that.
        """
        fault = Fault(status, dict(headers or {}), drop_connection, after, message, delay)
        with self._lock:
            self._orders.append(_Order(method.upper(), re.compile(path_regex), fault, times, skip))

    def clear(self) -> None:
        """Forget every failure that has not happened yet."""
        with self._lock:
            self._orders.clear()

    @property
    def pending(self) -> int:
        """How many failures have not happened yet."""
        with self._lock:
            return sum(order.left for order in self._orders)

    def take(self, method: str, path: str) -> Fault | None:
        """The failure this request meets, if any."""
        with self._lock:
            for order in self._orders:
                if order.left <= 0 or order.method not in ("*", method) or not order.path.search(path):
                    continue
                if order.skip > 0:
                    order.skip -= 1
                    continue
                order.left -= 1
                return order.fault
        return None
