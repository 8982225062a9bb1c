"""Recorded series of the past, for a Prometheus that starts on them."""

NOW = 1_700_000_000
FOREVER = ("--storage.tsdb.retention.time=100y",)

Samples = dict[str, list[tuple[int, float]]]


def openmetrics(series: Samples) -> str:
    """Series as OpenMetrics text: (seconds before NOW, value) by selector."""
    lines: list[str] = []
    for name in dict.fromkeys(selector.partition("{")[0] for selector in sorted(series)):
        lines.append(f"# TYPE {name} unknown")
        for selector, samples in sorted(series.items()):
            if selector.partition("{")[0] == name:
                lines += [f"{selector} {value} {NOW - ago}" for ago, value in samples]
    return "\n".join((*lines, "# EOF", ""))


def recorded(name: str, *labels: str) -> str:
    """A series of the sample gate: `recorded("criterion:value", "criterion", "latency")`."""
    pairs = zip(("gate", *labels[::2]), ("sample", *labels[1::2]), strict=True)
    matchers = ",".join(f'{label}="{value}"' for label, value in pairs)
    return f"gate:{name}{{{matchers}}}"
