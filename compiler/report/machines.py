"""The report for machines: one JSON object."""

import json
from collections.abc import Iterable

from compiler.diagnostics import Diagnostic, Severity, Span
from compiler.report.order import in_order, still_open

_Row = dict[str, str | int | None]


def json_document(diagnostics: Iterable[Diagnostic]) -> str:
    """One JSON object with `diagnostics`, those that are `acknowledged`, and the numbers of `errors` and `warnings`."""
    found = still_open(diagnostics)
    acknowledged = [one for one in in_order(diagnostics) if one.acknowledged]
    document = {
        "diagnostics": [_row(one) for one in found],
        "acknowledged": [{**_row(one), "reason": one.acknowledged} for one in acknowledged],
        **{f"{severity.value}s": sum(one.severity is severity for one in found) for severity in Severity},
    }
    return json.dumps(document, indent=2) + "\n"


def _row(one: Diagnostic) -> dict[str, str | int | list[_Row] | None]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        "note": one.note,
        "hint": one.hint,
        **_place(one.span),
        "labels": [{"text": label.text, **_place(label.span)} for label in one.labels],
    }


def _place(span: Span | None) -> _Row:
    """Where a problem lies; null throughout if it lies in no file."""
    return {
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
    }
