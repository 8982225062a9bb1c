"""Findings in an expression to diagnostics in the file that it stands in."""

from collections.abc import Iterable, Iterator

from compiler.diagnostics import Diagnostic, Label
from compiler.places.file_text import Excerpt
from compiler.queries.base import Finding


def diagnostics(found: Iterable[Finding], excerpt: Excerpt) -> Iterator[Diagnostic]:
    """The findings, each at its place in the file."""
    for one in found:
        problem = one.problem
        labels = tuple(Label(excerpt.span(start, end), text) for start, end, text in problem.marks)
        span = excerpt.span(problem.start, problem.end)
        yield Diagnostic(one.code, problem.message, span, problem.hint, one.severity, labels, one.note)
