"""What number, duration and string literals mean, as Prometheus reads them."""

import math
import re
from typing import Final

_OCTAL: Final = re.compile(r"0[0-7_]+")
_DURATION: Final = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_MILLISECONDS: Final = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1)
_LONGEST: Final = (1 << 63) // 1_000_000  # milliseconds that fit into the nanoseconds of an int64
_ESCAPES: Final = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39}
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)


def number(text: str) -> float:
    """The value of a number token; `inf` and `nan` in any case are numbers. Raises ValueError."""
    digits = text.replace("_", "")
    if digits[:2] in ("0x", "0X"):
        return float(int(digits, 16))
    if _OCTAL.fullmatch(digits):
        return float(int(digits, 8))
    value = float(digits)
    if math.isinf(value) and digits.lower() != "inf":
        raise ValueError("this number is larger than a float can be")
    return value


def duration(text: str) -> int:
    """The milliseconds of a duration token such as `1h30m`. Raises ValueError that says what is wrong with it."""
    match = _DURATION.fullmatch(text)
    if not match or not text:
        raise ValueError(f"`{text}` is no duration: the units go from large to small, each once: y w d h m s ms")
    total = sum(int(count) * unit for count, unit in zip(match.groups("0"), _MILLISECONDS, strict=True))
    return in_range(total)


def in_range(milliseconds: float) -> int:
    """The duration, if Prometheus can hold it. Raises ValueError."""
    if not -_LONGEST <= milliseconds <= _LONGEST:
        raise ValueError("this duration is longer than Prometheus can hold (292 years)")
    return round(milliseconds)


def unquote(literal: str) -> str:
    """The text of a string token. Bytes that are not UTF-8 are replaced, since no label can hold them."""
    body = literal[1:-1]
    if literal[0] == "`" or "\\" not in body:
        return body
    return _ESCAPE.sub(_unescape, body.encode()).decode("utf-8", errors="replace")


def is_text(literal: str) -> bool:
    """Whether a string token stands for text, and not for bytes that are no UTF-8."""
    try:
        _ESCAPE.sub(_unescape, literal[1:-1].encode()).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unescape(match: re.Match[bytes]) -> bytes:
    octal, two, four, eight, char = match.groups()
    if octal or two:
        return bytes([int(octal, 8) if octal else int(two, 16)])
    if four or eight:
        return chr(int(four or eight, 16)).encode()
    return bytes([_ESCAPES[char.decode()]])
