"""A moment in time, as people write it in RFC 3339 and as PromQL's time() counts it: whole seconds since 1970, UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from compiler.fields import Duration

_WRITTEN: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:([Tt ])(\d\d:\d\d)(:\d\d)?(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)
# What is a moment, but for those that no calendar has.
MOMENT_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$"
_LATEST: Final = 32_503_680_000  # the year 3000: later is a slip of the finger, and datetime ends in 9999
_EXAMPLE: Final = "write it like 2026-01-31T14:30:00Z, or with an offset like 2026-01-31T15:30:00+01:00"


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A moment, in whole seconds since 1970-01-01T00:00:00Z."""

    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an RFC 3339 time with its zone. Raises ValueError that says how to write it."""
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise ValueError(f"{text[:60]!r} is not a time\nhint: {_EXAMPLE}")
        day, joint, clock, seconds, fraction, zone = found.groups()
        written = f"{day}T{clock or '00:00'}{seconds or ':00'}{(zone or 'Z').upper()}"
        if joint and zone is None:
            hint = f"write {written} if it is UTC, or end it with the offset of its zone, like +01:00"
            raise ValueError(f"{text!r} has no time zone, so it is another moment in another place\nhint: {hint}")
        if written != text or fraction:
            what = "has no time of day" if not joint else "is not a time in whole seconds as RFC 3339 writes it"
            raise ValueError(f"{text!r} {what}\nhint: write {written}")
        try:
            return cls.of(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            raise ValueError(f"there is no such time as {text!r}\nhint: {_EXAMPLE}") from None

    @classmethod
    def of(cls, when: datetime) -> Self:
        """The moment of a datetime that knows its zone; parts of a second are dropped.

        Raises ValueError for one before 1970 or after 2999.
        """
        seconds = int(when.timestamp())
        if not 0 <= seconds < _LATEST:
            raise ValueError("not between 1970 and 2999")
        return cls(seconds)

    @classmethod
    def of_day(cls, day: str) -> Self:
        """The beginning of a day (`2026-01-31`), in UTC."""
        return cls.parse(f"{day}T00:00:00Z")

    def after(self, span: Duration) -> "Moment":
        """The moment that much later."""
        return Moment(self.seconds + span.milliseconds // 1000)

    def since(self, earlier: "Moment") -> Duration:
        """How long after an earlier moment this is; zero if it is not after it."""
        return Duration(max(0, self.seconds - earlier.seconds) * 1000)

    def __str__(self) -> str:
        """In UTC, as RFC 3339."""
        return datetime.fromtimestamp(self.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
