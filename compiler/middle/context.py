"""What a measure needs to know of its criterion and gate, and where things of a spec are written."""

from typing import Protocol

from compiler.diagnostics import Span
from compiler.engines import Evaluation, engine_profile
from compiler.measures.context import Context
from compiler.places.file_text import Excerpt
from compiler.spec.model import Criterion, Gate
from compiler.spec.source import Path


class Places(Protocol):
    """Where things of a spec are written."""

    @property
    def file(self) -> str:
        """The spec's file name."""
        ...

    def span(self, path: Path) -> Span:
        """The place of the value at a path, or of its nearest parent."""
        ...

    def key_span(self, path: Path) -> Span:
        """The place of the key at a path, or of its nearest parent."""
        ...

    def excerpt(self, path: Path, text: str) -> Excerpt:
        """Where each character of the text at a path is written."""
        ...


def evaluation(gate: Gate) -> Evaluation:
    """By which engine, and how often, a gate is evaluated."""
    return Evaluation(engine_profile(gate.defaults.engine), gate.defaults.evaluate_every)


def criterion_context(gate: Gate, criterion: Criterion) -> Context:
    """What the measure of a criterion needs to know."""
    return Context(
        gate=gate.metadata.name,
        criterion=criterion.id,
        window=criterion.window or gate.defaults.window,
        by=tuple(criterion.by),
        metrics=gate.metrics,
        evaluation=evaluation(gate),
        scrape_interval=gate.defaults.scrape_interval,
        absent_is_zero=criterion.when_absent == "zero",
        wants_more=criterion.require.word in {"at_least", "above"},
    )
