"""The report for code scanning: a SARIF 2.1.0 log.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from compiler.diagnostics import Diagnostic, Severity, Span
from compiler.report.order import in_order

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a log says of a code: its summary, and what `promgate explain` says, as Markdown."""

    summary: str
    page: str


def sarif(diagnostics: Iterable[Diagnostic], rules: Mapping[str, Rule], version: str) -> str:
    """A log with one run of promgate in `version`. `rules` are by code; a code that is not there has no description.

    What lies in no file (a missing tool) is no result but a notification of the run, which then counts as failed.
    """
    ordered = in_order(diagnostics)
    codes = sorted({one.code for one in ordered})
    run = {
        "tool": {"driver": {"name": "promgate", "version": version, "rules": [_rule(c, rules.get(c)) for c in codes]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation([one for one in ordered if one.span is None])],
        "results": [_result(one, one.span, codes) for one in ordered if one.span],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str, rule: Rule | None) -> _Json:
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
    }


def _invocation(nowhere: list[Diagnostic]) -> _Json:
    notifications = [
        {"descriptor": {"id": one.code}, "level": one.severity.value, "message": _message(one)} for one in nowhere
    ]
    successful = not any(one.severity is Severity.ERROR for one in nowhere)
    return {"executionSuccessful": successful, "toolExecutionNotifications": notifications}


def _result(one: Diagnostic, span: Span, codes: list[str]) -> _Json:
    related = [
        {"id": number, **_location(label.span), "message": {"text": label.text}}
        for number, label in enumerate(one.labels)
    ]
    return {
        "ruleId": one.code,
        "ruleIndex": codes.index(one.code),
        "level": one.severity.value,
        "message": _message(one),
        "locations": [_location(span)],
        **({"relatedLocations": related} if related else {}),
        **({"suppressions": _suppressions(one)} if one.acknowledged else {}),
    }


def _suppressions(one: Diagnostic) -> list[_Json]:
    return [{"kind": "inSource", "status": "accepted", "justification": one.acknowledged}]


def _message(one: Diagnostic) -> _Json:
    parts = (one.message, f"Note: {one.note}" if one.note else "", f"Hint: {one.hint}" if one.hint else "")
    return {"text": "\n".join(part for part in parts if part)}


def _location(span: Span) -> _Json:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.file)}, "region": region}}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
