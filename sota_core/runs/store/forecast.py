"""When the waiting runs will start: the queue played through in the order in which it will be taken. Pure.

A run starts as soon as there is a free slot and its owner has fewer runs under way than allowed; so the next in the
fair order is passed over while its owner is at that limit.
"""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits, and how long it will take once it has started."""

    run: str
    owner: str
    seconds: float


def forecast(
    order: Iterable[Waiting], active: Iterable[tuple[str, float]], slots: int, most: Callable[[str], int]
) -> list[tuple[str, float | None]]:
    """(run, seconds until it starts) in the order of the starts; None for a run that can never start.

    order   fair order, the next one first
    active  (owner, seconds left) of each run that takes a slot
    most    how many runs an owner may have under way

    >>> queue = [Waiting("a1", "ann", 60.0), Waiting("b1", "ben", 60.0)]
    >>> forecast(queue, [("ann", 30.0), ("cyd", 10.0)], 2, lambda owner: 1)
    [('b1', 10.0), ('a1', 30.0)]
    """
    ends = [(left, owner) for owner, left in active]
    heapq.heapify(ends)
    lines: dict[str, deque[tuple[int, Waiting]]] = defaultdict(deque)
    for rank, one in enumerate(order):
        lines[one.owner].append((rank, one))
    held = Counter(owner for _, owner in ends)
    ready: list[tuple[int, str]] = []
    by_rank: dict[int, Waiting] = {}

    def admit(owner: str) -> None:
        while lines[owner] and held[owner] < most(owner):
            rank, one = lines[owner].popleft()
            held[owner] += 1
            by_rank[rank] = one
            heapq.heappush(ready, (rank, one.run))

    for owner in list(lines):
        admit(owner)
    starts: list[tuple[str, float | None]] = []
    now, free = 0.0, slots - len(ends)
    while ready or any(lines.values()):
        if ready and free > 0:
            one = by_rank[heapq.heappop(ready)[0]]
            starts.append((one.run, now))
            heapq.heappush(ends, (now + one.seconds, one.owner))
            free -= 1
        elif ends:
            end, owner = heapq.heappop(ends)
            now, free = max(now, end), free + 1
            held[owner] -= 1
            admit(owner)
        else:
            left = [*(by_rank[rank].run for rank, _ in sorted(ready)), *(w.run for q in lines.values() for _, w in q)]
            return [*starts, *((run, None) for run in left)]
    return starts
