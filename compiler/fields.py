"""Field types that specs and the compiler share: durations, units and quantities.

Values are exact: quantities are parsed as decimals, so `99.9%` becomes the float nearest to 0.999 and nothing else.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Final, Self

from compiler.suggest import near

_DURATION_UNITS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
# As Prometheus has it: units from large to small, each at most once. The digits keep the sum below 292 years, which is
# what Prometheus can hold. The patterns are those of the JSON Schema too, so they are in the syntax of ECMA 262.
DURATION_PATTERN: Final = (
    r"^(?=.*[1-9])(?:[0-9]{1,3}w)?(?:[0-9]{1,4}d)?(?:[0-9]{1,6}h)?(?:[0-9]{1,7}m)?(?:[0-9]{1,9}s)?(?:[0-9]{1,12}ms)?$"
)
_NUMBER: Final = r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?"
_DURATION: Final = re.compile(DURATION_PATTERN.replace("$", r"\Z"))
_DURATION_PART: Final = re.compile(r"([0-9]+)(ms|s|m|h|d|w)")
_QUANTITY: Final = re.compile(rf"({_NUMBER})\s*(%|[A-Za-zµ]{{1,16}})?")
_REMEMBERED: Final = 256  # durations
LARGEST: Final = 10**30  # a quantity that is given as a number


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in whole milliseconds, written as Prometheus writes it (`30m`, `1h30m`, `7d`)."""

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `90s`, `30m`, `1h30m`, `24h`, `7d`. Raises ValueError that says how to write it."""
        if not _DURATION.match(text):
            raise ValueError(f"{text!r} is not a duration; write it like 90s, 30m, 24h or 7d")
        return cls(sum(int(n) * _DURATION_UNITS[unit] for n, unit in _DURATION_PART.findall(text)))

    @property
    def seconds(self) -> float:
        """The same length in seconds."""
        return self.milliseconds / 1000

    def __str__(self) -> str:
        """Shortest exact spelling; whole days only from two days up, since people say 24h."""
        return _spelled(self.milliseconds)


@lru_cache(maxsize=_REMEMBERED)  # a gate has few, and prints them thousands of times
def _spelled(milliseconds: int) -> str:
    rest, parts = milliseconds, list[str]()
    units = ["d", "h", "m", "s", "ms"] if rest >= 2 * _DURATION_UNITS["d"] else ["h", "m", "s", "ms"]
    for unit in units:
        count, rest = divmod(rest, _DURATION_UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


class Dimension(Enum):
    """What kind of thing a number measures; only quantities of one dimension can be compared."""

    NUMBER = "number"
    RATIO = "ratio"
    TIME = "time"
    BYTES = "bytes"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement. `factor` turns a number in this unit into base units (seconds, bytes, 0..1)."""

    name: str
    symbol: str
    dimension: Dimension
    factor: Decimal
    currency: str = ""

    def fits(self, other: "Unit") -> bool:
        """Whether numbers in the two units can be compared."""
        return (self.dimension, self.currency) == (other.dimension, other.currency)


def _units() -> dict[str, Unit]:
    """Every unit by name; the first of a dimension is its base unit."""
    rows: list[tuple[str, str, Dimension, str]] = [
        ("number", "", Dimension.NUMBER, "1"),
        ("ratio", "", Dimension.RATIO, "1"),
        ("percent", "%", Dimension.RATIO, "0.01"),
        ("seconds", "s", Dimension.TIME, "1"),
        ("nanoseconds", "ns", Dimension.TIME, "0.000000001"),
        ("microseconds", "us", Dimension.TIME, "0.000001"),
        ("milliseconds", "ms", Dimension.TIME, "0.001"),
        ("minutes", "m", Dimension.TIME, "60"),
        ("hours", "h", Dimension.TIME, "3600"),
        ("days", "d", Dimension.TIME, "86400"),
        ("bytes", "B", Dimension.BYTES, "1"),
        ("kilobytes", "kB", Dimension.BYTES, "1000"),
        ("megabytes", "MB", Dimension.BYTES, "1000000"),
        ("gigabytes", "GB", Dimension.BYTES, "1000000000"),
        ("terabytes", "TB", Dimension.BYTES, "1000000000000"),
        ("kibibytes", "KiB", Dimension.BYTES, "1024"),
        ("mebibytes", "MiB", Dimension.BYTES, "1048576"),
        ("gibibytes", "GiB", Dimension.BYTES, "1073741824"),
        ("tebibytes", "TiB", Dimension.BYTES, "1099511627776"),
    ]
    table = {name: Unit(name, symbol, dim, Decimal(factor)) for name, symbol, dim, factor in rows}
    for code in ("USD", "EUR", "GBP", "JPY", "CHF"):
        table[code] = Unit(code, code, Dimension.MONEY, Decimal(1), code)
    return table


def in_unit(value: Fraction, unit: Unit) -> str:
    """A number of base units as people write it in a unit: 0.001 is `0.1%`, 0.15 seconds are `150ms`."""
    number = value / Fraction(unit.factor)
    digits = f"{float(number):.6g}"
    about = "" if Fraction(digits) == number else "about "
    joint = " " if unit.currency else ""
    return f"{about}{digits}{joint}{unit.symbol}"


UNITS: Final = _units()
NUMBER: Final = UNITS["number"]
RATIO: Final = UNITS["ratio"]
SECONDS: Final = UNITS["seconds"]
_BY_SYMBOL: Final = {unit.symbol: unit for unit in UNITS.values() if unit.symbol} | {"µs": UNITS["microseconds"]}
QUANTITY_PATTERN: Final = rf"^\s*{_NUMBER}\s*(?:{'|'.join(_BY_SYMBOL)})?\s*$"


def to_base(number: float, factor: float) -> float:
    """A number in base units, as rules compute it: rounded just as a bound is that people write in the unit."""
    by = divisor(factor)
    return number / by if by else number * factor


def divisor(factor: float) -> int | None:
    """By which whole number a factor below 1 divides, if it does.

    0.01 is no float, so 70 * 0.01 is more than 0.7; of 70 / 100 just the result is rounded.
    """
    by = round(1 / factor) if 0 < factor < 1 else 0
    return by if by and 1 / by == factor else None


def base_unit(unit: Unit) -> Unit:
    """The unit that values of this unit's dimension are recorded in."""
    return next(u for u in UNITS.values() if u.fits(unit) and u.factor == 1)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit, as the author wrote it (`text`), for example `99.9%`, `150ms`, `0.02 USD`."""

    number: Decimal
    unit: Unit
    text: str

    @classmethod
    def parse(cls, raw: str | float) -> Self:
        """Read a quantity. Raises ValueError that lists the units."""
        text = str(raw).strip()
        if not isinstance(raw, str):
            return cls._of_number(raw, text)
        match = _QUANTITY.fullmatch(text)
        if not match:
            raise ValueError(
                f"{text[:40]!r} is not a quantity; write a number, with its unit if it has one: 99.9%, 150ms, 0.02 USD"
            )
        number, symbol = match.groups()
        unit = _BY_SYMBOL.get(symbol) if symbol else NUMBER
        if unit is None:
            meant = near(symbol, _BY_SYMBOL)
            hint = f"did you mean {meant}?" if meant else f"the units are {', '.join(sorted(_BY_SYMBOL))}"
            raise ValueError(f"unknown unit {symbol!r}\nhint: {hint}")
        try:
            return cls(Decimal(number), unit, text)
        except DecimalException:  # pragma: no cover - the pattern admits only decimals
            raise ValueError(f"{text!r} is not a number") from None

    @classmethod
    def _of_number(cls, raw: float, text: str) -> Self:
        if not abs(raw) <= LARGEST:  # NaN is not either
            raise ValueError(f"{text[:40]} is not a quantity; write a number of at most 30 digits")
        return cls(Decimal(text), NUMBER, text)

    @property
    def base(self) -> float:
        """The value in base units: 0.999 for 99.9%, 0.15 for 150ms."""
        return float(self.number * self.unit.factor)

    def __str__(self) -> str:
        """What people read in rules, alerts, panels, the script and the page (law 9: one language)."""
        return self.text
