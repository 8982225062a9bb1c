"""Samples into a running Prometheus, at moments of the past: its remote-write protocol, as little of it as that takes.

A WriteRequest in protobuf, in a snappy block of literals (which is not compressed, and valid).
https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

import struct
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Final

from web import EngineError

_LITERAL: Final = 1 << 16
_TWO_BYTES: Final = 61 << 2
_SECONDS: Final = 60.0

Written = tuple[Mapping[str, str], float, float]  # labels with __name__, value, moment in Unix seconds


def write(url: str, samples: Iterable[Written]) -> None:
    """Store samples, each series once. Raises EngineError with Prometheus' reason."""
    message = b"".join(_field(1, _series(*sample)) for sample in samples)
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    request = urllib.request.Request(f"{url}/api/v1/write", _snappy(message), headers)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):
            pass
    except urllib.error.HTTPError as error:
        raise EngineError(f"samples were not accepted: {error.read().decode(errors='replace')[:500]}") from None


def _series(labels: Mapping[str, str], value: float, moment: float) -> bytes:
    pairs = (_field(1, name.encode()) + _field(2, labels[name].encode()) for name in sorted(labels))
    sample = b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(round(moment * 1000))
    return b"".join(_field(1, pair) for pair in pairs) + _field(2, sample)


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    text = bytearray()
    while number > 0x7F:
        text.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*text, number])


def _snappy(content: bytes) -> bytes:
    parts = [_varint(len(content))]
    for start in range(0, len(content), _LITERAL):
        part = content[start : start + _LITERAL]
        parts += [bytes([_TWO_BYTES]), struct.pack("<H", len(part) - 1), part]
    return b"".join(parts)
