"""The benchmarks as one picture: the same numbers give the same bytes."""

import io
from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
from bench.part import Bars, Lines, Panel
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

_COLUMNS: Final = 2
_INCHES: Final = (6.2, 3.4)  # of a panel
_STYLE: Final[Any] = {
    "svg.hashsalt": "promgate",  # or ids are random
    "svg.fonttype": "none",  # text stays text
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLOUR: Final = "#3b6ea5"


def drawn(panels: Sequence[Panel]) -> bytes:
    """An SVG with a panel beside the other."""
    rows = -(-len(panels) // _COLUMNS)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_INCHES[0] * _COLUMNS, _INCHES[1] * rows), layout="constrained")
        axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel().tolist()
        for place, panel in zip(axes, panels, strict=False):
            _draw(place, panel)
        for place in axes[len(panels) :]:
            place.axis("off")
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return b"\n".join(line.rstrip() for line in file.getvalue().splitlines()) + b"\n"


def _draw(axes: Any, panel: Panel) -> None:
    axes.set_title(panel.title, loc="left", fontweight="bold")
    match panel:
        case Bars():
            _bars(axes, panel)
        case Lines():
            _lines(axes, panel)


def _bars(axes: Any, panel: Bars) -> None:
    labels, values = zip(*reversed(panel.values), strict=True)
    bars = axes.barh(range(len(labels)), values, color=_COLOUR)
    axes.set_yticks(range(len(labels)), labels)
    axes.bar_label(bars, [f"{value:,.0f}" for value in values], padding=3)
    axes.set_xlabel(panel.unit)
    axes.set_xticks([])  # each bar says its number
    axes.margins(x=0.15)


def _lines(axes: Any, panel: Lines) -> None:
    for label, points in panel.lines:
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, marker="o", label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_grouped))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(panel.x)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)


def _grouped(value: float, _: object) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
