"""Series as a test feeds them to rules: labels, and how the values go until the moment that is judged.

Time is counted backwards from that moment, in milliseconds, so that a series says nothing of the grid that it is
sampled on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Self

Labels = tuple[tuple[str, str], ...]

_SECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Histogram:
    """The value of a native histogram: `count` observations of which `below` are in the bucket that ends at `bound`.

    The rest is in the next one. `bound` is a power of two; the buckets are those of schema 0.
    """

    bound: float
    below: float
    count: float


Value = float | Histogram
Stale = Literal["stale"]


class Piece(NamedTuple):
    """From `ago` milliseconds before the judged moment on: the value, and what it gains in a second.

    `stale` is the marker of a series whose target went away, and no sample after it; None is no sample, and no marker.
    The tests of a gate are made of thousands, and a tuple is made, compared and looked up in a third of the time.
    """

    ago: int
    value: Value | Stale | None
    slope: float = 0.0

    def at(self, ago: int) -> Value | Stale | None:
        """The value that long before the judged moment."""
        if not self.slope or not isinstance(self.value, float):
            return self.value
        return self.value + self.slope * (self.ago - ago) / _SECOND


@dataclass(frozen=True, slots=True)
class Series:
    """One series. `pieces` follow each other in time; before the first there is nothing. `labels` are sorted."""

    name: str
    labels: Labels
    pieces: tuple[Piece, ...]
    counter: bool = False

    def labelled(self, **labels: str) -> Self:
        """The same series with more labels, or other values of those it has."""
        own = tuple(sorted({**dict(self.labels), **labels}.items()))
        return type(self)(self.name, own, self.pieces, self.counter)

    def ended(self, ago: int = 0) -> Self:
        """The series goes away at that time."""
        return self._going((*_before(self.pieces, ago), Piece(ago, "stale")))

    def begun(self, ago: int) -> Self:
        """The series only begins at that time."""
        return self._going(tuple(_since(self.pieces, ago)))

    def hidden(self, ago: int, until: int) -> Self:
        """The series goes away at `ago` and is there again at `until`."""
        return self._going((*_before(self.pieces, ago), Piece(ago, "stale"), *_since(self.pieces, until)))

    def newest(self, value: Value) -> Self:
        """Its newest sample, at the judged moment, has another value."""
        return self._going((*_before(self.pieces, 0), Piece(0, value)))

    def aged(self, by: int) -> Self:
        """All that happens, so much earlier."""
        return self._going(tuple(one._replace(ago=one.ago + by) for one in self.pieces))

    def scaled(self, factor: float) -> Self:
        """All values times a factor."""
        pieces = (
            Piece(one.ago, one.value * factor, one.slope * factor) if isinstance(one.value, float) else one
            for one in self.pieces
        )
        return self._going(tuple(pieces))

    def _going(self, pieces: tuple[Piece, ...]) -> Self:  # `replace` takes several times as long
        return type(self)(self.name, self.labels, pieces, self.counter)


def steady(name: str, labels: Labels, value: Value, since: int) -> Series:
    """A series that always has the same value."""
    return Series(name, labels, (Piece(since, value),))


def counter(name: str, labels: Labels, events: Iterable[tuple[int, float]], since: int) -> Series:
    """A counter that is 0 until the first of the events, which are (milliseconds ago, how many), oldest first.

    It rises in jumps. `increase` over a window that holds a sample of 0 before the first jump is then exactly the sum:
    nothing is extrapolated below zero, and the newest sample is at the end of the window.
    """
    return Series(name, labels, tuple(_jumps(events, since)), counter=True)


def _jumps(events: Iterable[tuple[int, float]], since: int) -> Iterator[Piece]:
    level = 0.0
    yield Piece(since, level)
    for ago, number in events:
        level += number
        yield Piece(ago, level)


def _before(pieces: Iterable[Piece], ago: int) -> Iterator[Piece]:
    return (one for one in pieces if one.ago > ago)


def _since(pieces: tuple[Piece, ...], ago: int) -> Iterator[Piece]:
    earlier = [one for one in pieces if one.ago >= ago]
    if earlier:
        yield earlier[-1]._replace(ago=ago, value=earlier[-1].at(ago))
    yield from (one for one in pieces if one.ago < ago)
