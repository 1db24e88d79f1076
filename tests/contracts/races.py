"""Calls from many threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from shared.errors import AirlockError

T = TypeVar("T")


def at_once(count: int, call: Callable[[int], T]) -> list[T | AirlockError]:
    """Call `call(0)` to `call(count - 1)` from as many threads at once; return their results or errors."""
    barrier = threading.Barrier(count)

    def run(n: int) -> T | AirlockError:
        barrier.wait(timeout=30)
        try:
            return call(n)
        except AirlockError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def in_parallel(workers: int, count: int, call: Callable[[int], T]) -> list[T]:
    """Call `call(0)` to `call(count - 1)`, as many at a time as there are workers; return the results."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(call, range(count)))
