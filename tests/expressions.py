"""Expressions for differential tests: generated from PromQL's grammar, and mutations of any."""

import random
from collections.abc import Callable, Sequence
from typing import Final

_NAMES: Final = (
    "up",
    "http_requests_total",
    "job:x:rate5m",
    "sum",
    "by",
    "start",
    "and",
    ":a",
    "x_bucket",
    "inf",
    "on",
)
_LABELS: Final = ("job", "le", "instance", "by", "group_left", "without", "a:b", "__name__", "bool", "inf", '"q r"')
_STRINGS: Final = (
    '"a"', "'b'", "`c`", '""', '".*"', '".+"', '"a|b"', '"(a"', r'"a\\d+"', r'"\d"', '"[a-c]"', r'"\u00e9"', '"a{2,1}"',
    '"(?i)x"', '"a**"', '"é"', '"[z-a]"', r'"\xff"', '"(?!a)"', r'"a\\.b"', '"*"', "'\"'", r'"\'"', '"x{1001}"',
)  # fmt: skip
_NUMBERS: Final = (
    "0",
    "1",
    "0.5",
    ".5",
    "5.",
    "1e3",
    "1E-3",
    "0x1f",
    "010",
    "08",
    "Inf",
    "nan",
    "+1",
    "1_000",
    "1e",
    "1.2.3",
)
_DURATIONS: Final = (
    "5m",
    "1h30m",
    "1d",
    "30s",
    "100ms",
    "1w",
    "2y",
    "0s",
    "1m1h",
    "5",
    "1.5h",
    "5min",
    "9999y",
    "1_0s",
)
_OPS: Final = (
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "and",
    "or",
    "unless",
    "atan2",
    "AND",
    "=",
)
_AGGREGATIONS: Final = ("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "SUM")
_WITH_PARAM: Final = ("topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio")
_OF_RANGE: Final = (
    "rate",
    "increase",
    "irate",
    "delta",
    "avg_over_time",
    "last_over_time",
    "absent_over_time",
    "changes",
)
_OF_VECTOR: Final = ("abs", "absent", "ceil", "timestamp", "sort", "histogram_count", "scalar", "histogram_avg", "exp")
_OTHER: Final = (
    "time", "pi", "vector", "round", "clamp", "clamp_max", "hour", "label_replace", "label_join", "histogram_quantile",
    "quantile_over_time", "predict_linear", "holt_winters", "sort_by_label", "info", "mad_over_time", "nonsense",
    "double_exponential_smoothing", "histogram_fraction", "ts_of_max_over_time",
)  # fmt: skip
_PIECES: Final = (
    *("(", ")", "[", "]", "{", "}", ",", ":", "@", "#", "\n", " ", "=", "=~", "!~", "!", "$x", "5m", "offset", "bool"),
    *(
        "on",
        "ignoring",
        "by",
        "without",
        "group_left",
        "group_right",
        "sum",
        "rate",
        "up",
        "-",
        "and",
        "1",
        '"s"',
        "fill",
    ),
)


class Generator:
    """Random expressions, of which most are valid."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def expression(self, depth: int = 4) -> str:
        """An expression that is likely an instant vector or a scalar."""
        if depth <= 0:
            return self._one(self._selector, self._selector, self._number)
        return self._one(
            lambda: self._aggregation(depth),
            lambda: self._binary(depth),
            lambda: self._binary(depth),
            lambda: self._call(depth),
            lambda: f"({self.expression(depth - 1)})",
            lambda: f"{self._pick('-', '+')}{self.expression(depth - 1)}",
            self._selector,
        )

    def _one(self, *makers: Callable[[], str]) -> str:
        return self._chance.choice(makers)()

    def _pick(self, *words: str) -> str:
        return self._chance.choice(words)

    def _rarely(self, text: str, share: float = 0.1) -> str:
        return text if self._chance.random() < share else ""

    def _number(self) -> str:
        return self._pick(*_NUMBERS)

    def _selector(self) -> str:
        name = self._pick(*_NAMES[:3]) if self._chance.random() < 0.9 else self._pick(*_NAMES)
        matchers = [
            f"{self._label()}{self._pick('=', '!=', '=~', '!~')}{self._string()}"
            for _ in range(self._chance.choice((0, 0, 1, 2)))
        ]
        braces = f"{{{','.join(matchers)}{self._rarely(',')}}}" if matchers or self._chance.random() < 0.1 else ""
        nameless = self._chance.random() < 0.1 and braces
        return f"{'' if nameless else name}{braces}{self._moved()}"

    def _moved(self) -> str:
        offset = self._rarely(f" offset {self._rarely('-', 0.3)}{self._duration()}")
        at = self._rarely(f" @ {self._pick('start()', 'end()', '1609746000', '-5', '1.5', 'nan', 'foo')}")
        return offset + at if self._chance.random() < 0.5 else at + offset

    def _duration(self) -> str:
        return self._pick(*_DURATIONS[:6]) if self._chance.random() < 0.9 else self._pick(*_DURATIONS)

    def _label(self) -> str:
        return self._pick(*_LABELS[:4]) if self._chance.random() < 0.93 else self._pick(*_LABELS)

    def _string(self) -> str:
        return self._pick(*_STRINGS[:7]) if self._chance.random() < 0.9 else self._pick(*_STRINGS)

    def _labels(self) -> str:
        return f"({', '.join(self._label() for _ in range(self._chance.choice((0, 1, 1, 2))))})"

    def _range(self, depth: int) -> str:
        if self._chance.random() < 0.8:
            return f"{self._pick(*_NAMES[:3])}[{self._duration()}]{self._moved()}"
        step = "" if self._chance.random() < 0.5 else self._duration()
        return f"({self.expression(depth - 1)})[{self._duration()}:{step}]{self._moved()}"

    def _aggregation(self, depth: int) -> str:
        clause = f"{self._pick('by', 'without')} {self._labels()}" if self._chance.random() < 0.6 else ""
        if self._chance.random() < 0.2:
            param = self._pick("3", "0.9", '"v"', "up", self._number())
            name, body = self._pick(*_WITH_PARAM), f"({param}, {self.expression(depth - 1)})"
        else:
            name, body = self._pick(*_AGGREGATIONS), f"({self.expression(depth - 1)})"
        return f"{name} {clause} {body}" if self._chance.random() < 0.5 else f"{name}{body} {clause}".rstrip()

    def _binary(self, depth: int) -> str:
        modifiers = self._rarely("bool ", 0.25)
        if self._chance.random() < 0.3:
            modifiers += f"{self._pick('on', 'ignoring')} {self._labels()} "
            modifiers += self._rarely(
                f"{self._pick('group_left', 'group_right')} {self._rarely(self._labels(), 0.5)} ", 0.3
            )
        op = self._pick(*_OPS) if self._chance.random() < 0.97 else "="
        return f"{self.expression(depth - 1)} {op} {modifiers}{self.expression(depth - 1)}"

    def _call(self, depth: int) -> str:
        if self._chance.random() < 0.6:
            return f"{self._pick(*_OF_RANGE)}({self._range(depth)})"
        if self._chance.random() < 0.6:
            return f"{self._pick(*_OF_VECTOR)}({self.expression(depth - 1)})"
        makers = (self._number, self._string, lambda: self.expression(depth - 1), lambda: self._range(depth))
        args = [self._one(*makers) for _ in range(self._chance.choice((0, 1, 2, 3, 5)))]
        return f"{self._pick(*_OTHER)}({', '.join(args)})"


def mutate(text: str, chance: random.Random, others: Sequence[str]) -> str:
    """The text with a piece of it removed, doubled, moved, replaced, or with a piece of another text put in."""
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.choice((1, 1, 1, 2, 4, 8)))
    piece = text[start:end]
    other = chance.choice(others)
    cut = chance.randrange(len(other) + 1)
    return chance.choice(
        (
            text[:start] + text[end:],
            text[:start] + piece + piece + text[end:],
            text[:start] + chance.choice(_PIECES) + text[start:],
            text[:start] + chance.choice(_PIECES) + text[end:],
            text[:start] + other[cut : cut + 12] + text[start:],
            text[:start] + other[cut:],
        )
    )
