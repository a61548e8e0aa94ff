"""How fast something goes, said steadily: neither a burst, a pause nor a first moment makes it wild."""

from collections import deque

MOMENT_S = 1.0
"""What happens within so many seconds happens at once, such as answers that come in bursts."""

MOMENTS = 60
"""The rate is that of so many last moments: at least a minute of work, however long it pauses in between."""

STALL_S = 5.0
"""A shorter silence is nothing to speak of."""

_STALL_GAPS = 3
"""A silence so many times longer than usual is one."""


class Rate:
    """An amount per second over the last moments in which something was added.

    The first moment counts as the beginning: what is there at once, such as rows out of a cache, says nothing about
    what has to be waited for.

    Args:
        now: when it began, in seconds of any steady clock.
    """

    def __init__(self, now: float) -> None:
        self._began = now
        self._total = 0.0
        self._samples: deque[tuple[float, float]] = deque([(now, 0.0)], maxlen=MOMENTS + 1)

    def add(self, amount: int | float, now: float) -> None:
        """So much more."""
        self._total += amount
        samples = self._samples
        before = samples[-2][0] if len(samples) > 1 else self._began
        if now - before < MOMENT_S:
            samples[-1] = (now, self._total)
        else:
            samples.append((now, self._total))

    def per_s(self) -> float | None:
        """The rate; None while there is nothing to measure it by."""
        (since, before), (until, total) = self._samples[0], self._samples[-1]
        return (total - before) / (until - since) if until - since >= MOMENT_S and total > before else None

    def stalled_s(self, now: float) -> float | None:
        """Seconds since something was added, where they are many more than usual; else None."""
        silent = now - self._samples[-1][0]
        gaps = len(self._samples) - 1
        usual = (self._samples[-1][0] - self._samples[0][0]) / gaps if gaps else 0.0
        return silent if gaps and silent > max(STALL_S, _STALL_GAPS * usual) else None
