"""Workflow commands that GitHub shows as annotations on the lines of a change.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from collections.abc import Iterable

from compiler.diagnostics import Diagnostic
from compiler.report.order import still_open
from compiler.report.visible import visible


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """One command a problem, each on a line of its own."""
    return "".join(_command(one) + "\n" for one in still_open(diagnostics))


def _command(one: Diagnostic) -> str:
    properties: dict[str, str | int] = {}
    if one.span:
        properties |= {"file": one.span.file, "line": one.span.line, "endLine": one.span.end_line}
        properties["col"] = one.span.column
        if one.span.line == one.span.end_line:
            # GitHub includes the end column, and ignores it in spans of several lines.
            properties["endColumn"] = max(one.span.end_column - 1, one.span.column)
    properties["title"] = one.code
    written = ",".join(f"{key}={_escape_property(str(value))}" for key, value in properties.items())
    return f"::{one.severity.value} {written}::{_escape(_body(one))}"


def _body(one: Diagnostic) -> str:
    parts = [one.message]
    parts += [f"{label.span.file}:{label.span.line}:{label.span.column}: {label.text}" for label in one.labels]
    parts += [f"note: {one.note}"] if one.note else []
    parts += [f"hint: {one.hint}"] if one.hint else []
    return "\n".join(parts)


def _escape(words: str) -> str:
    """GitHub's escaping of the text of a command; other control characters are shown as escapes."""
    return "%0A".join(visible(line).replace("%", "%25") for line in words.split("\n"))


def _escape_property(words: str) -> str:
    return _escape(words).replace(":", "%3A").replace(",", "%2C")
