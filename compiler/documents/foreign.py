"""What is wrong with a file that was not written for promgate."""

from collections.abc import Iterator

from compiler.analysis.facts import Facts
from compiler.diagnostics import Diagnostic
from compiler.documents import markdown, rule_file
from compiler.places.file_text import FileText
from compiler.queries import findings, understand
from compiler.queries.base import Query
from compiler.queries.inspect import diagnostics
from compiler.spec import text as plain
from compiler.spec.text import Kind, SpecFile


def check(kind: Kind, file: SpecFile) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a rule file, or with the queries of a document."""
    unreadable = [one for one in plain.problems(file.content, file.path) if one.code != plain.UNPRINTABLE]
    if unreadable:
        return tuple(unreadable)
    text = FileText(file.path, plain.decode(file.content))
    return tuple(rule_file.check(text) if kind == "rules" else _documented(text))


def _documented(text: FileText) -> Iterator[Diagnostic]:
    for excerpt in markdown.queries(text):
        query = understand(excerpt.text, "document", Facts())
        yield from diagnostics(findings(query) if isinstance(query, Query) else query, excerpt)
