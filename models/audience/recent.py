"""When something happened the last few times: what counts within a window are made of.

Kept in seconds: the time from each to the one after it, oldest first, and last the newest's own.
Most follow each other within minutes, which takes a byte or two where an instant takes five. The
newest `bounds.RECENT` are kept: enough to tell exactly whether something happened up to so many
times within any window.
"""

from bisect import insort
from itertools import accumulate, pairwise

from models import bounds

SECOND_MS = 1_000


def note(times: list[int], at_ms: int) -> None:
    """Note that it happened; late ones find their place."""
    at_seconds = at_ms // SECOND_MS
    if not times:
        times.append(at_seconds)
    elif at_seconds >= times[-1]:
        times[-1] = at_seconds - times[-1]
        times.append(at_seconds)
        if len(times) > bounds.RECENT:
            del times[0]
    else:
        happened = instants(times)
        insort(happened, at_seconds)
        times[:] = kept(happened)


def newest(times: list[int], number: int) -> int:
    """When the newest, the second newest … was, in seconds; there are at least so many."""
    return times[-1] - sum(times[-number:-1]) if number > 1 else times[-1]


def instants(times: list[int]) -> list[int]:
    """When it happened, in seconds, oldest first."""
    backwards = accumulate(reversed(times), lambda later, gap: later - gap)
    return list(backwards)[::-1]


def kept(happened: list[int]) -> list[int]:
    """The newest of some instants, in seconds and oldest first, as they are kept."""
    last = happened[-bounds.RECENT :]
    return [later - earlier for earlier, later in pairwise(last)] + last[-1:]


def take_back(times: list[int], at_ms: int, count: int) -> None:
    """Forget the newest `count` up to an instant: they never were."""
    kept_till, happened = at_ms // SECOND_MS, instants(times)
    for place in range(len(happened) - 1, -1, -1):
        if not count:
            break
        if happened[place] <= kept_till:
            del happened[place]
            count -= 1
    times[:] = kept(happened)


def merged(left: list[int], right: list[int]) -> list[int]:
    """The newest of both."""
    return kept(sorted([*instants(left), *instants(right)]))
