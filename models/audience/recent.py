"""When something happened the last few times: what counts within a window are made of.

Kept as seconds, oldest first, the newest `bounds.RECENT` of them: enough to tell exactly whether
something happened up to so many times within any window.
"""

from bisect import insort

from models import bounds

SECOND_MS = 1_000


def note(times: list[int], at_ms: int) -> None:
    """Note that it happened; late ones find their place."""
    at_seconds = at_ms // SECOND_MS
    if times and at_seconds < times[-1]:
        insort(times, at_seconds)
    else:
        times.append(at_seconds)
    if len(times) > bounds.RECENT:
        del times[0]


def take_back(times: list[int], at_ms: int, count: int) -> None:
    """Forget the newest `count` up to an instant: they never were."""
    kept_till = at_ms // SECOND_MS
    for place in range(len(times) - 1, -1, -1):
        if not count:
            return
        if times[place] <= kept_till:
            del times[place]
            count -= 1


def merged(left: list[int], right: list[int]) -> list[int]:
    """The newest of both."""
    return sorted([*left, *right])[-bounds.RECENT :]
