"""What a rule file may hold, as promtool checks it: keys, names and durations, each problem at its place.

https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.documents import template
from compiler.documents.yaml_tree import Node
from compiler.promql import literals

CODE: Final = "PG330"

_GROUP_KEYS: Final = ("name", "interval", "query_offset", "limit", "labels", "rules")
_RULE_KEYS: Final = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
# Rule files are also read by other rulers, with keys of their own.
_FOREIGN_KEYS: Final = {
    "partial_response_strategy": "Thanos",
    **dict.fromkeys(("source_tenants", "align_evaluation_time_on_interval", "evaluation_delay"), "Mimir"),
    **dict.fromkeys(("concurrency", "params", "headers", "eval_offset", "eval_delay", "tenant", "debug"), "vmalert"),
}
_ONLY_ALERTS: Final = ("for", "keep_firing_for", "annotations")
_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be looked into: its group, what it records or which alert it is, and its nodes."""

    group: str
    name: str
    is_alert: bool
    name_node: Node
    expr: Node
    node: Node

    def texts(self, key: str) -> tuple[tuple[str, Node], ...]:
        """The entries of `labels` or `annotations`."""
        mapping = self.node.get(key)
        return tuple((name.value or "", value) for name, value in (mapping.pairs or ()) if mapping) if mapping else ()


def rules(groups: Node | None, found: list[Diagnostic]) -> Iterator[Rule]:
    """The rules of a list of groups; what promtool would refuse is added to `found`."""
    names: dict[str, Node] = {}
    if groups is None or groups.is_null:
        return
    if groups.items is None:
        found.append(_wrong(groups, "`groups` is a list"))
        return
    for group in groups.items:
        if group.pairs is None:
            found.append(_wrong(group, "a group is a mapping with `name` and `rules`"))
            continue
        _unknown_keys(group, _GROUP_KEYS, found)
        name = group.get("name")
        if name is None or not name.value:
            found.append(_wrong(group, "a group needs a `name`"))
        elif name.value in names:
            label = Label(names[name.value].span, "the first is here")
            found.append(_wrong(name, f"the group {name.value!r} is there twice", "rename one of the two", label))
        else:
            names[name.value] = name
        for key in ("interval", "query_offset"):
            _duration(group.get(key), found)
        yield from _rules_of(group, name.value or "" if name else "", found)


def _rules_of(group: Node, name: str, found: list[Diagnostic]) -> Iterator[Rule]:
    listed = group.get("rules")
    if listed is None or listed.is_null:
        return
    if listed.items is None:
        found.append(_wrong(listed, "`rules` is a list"))
        return
    for node in listed.items:
        if node.pairs is None:
            found.append(_wrong(node, "a rule is a mapping with `record` or `alert`, and `expr`"))
            continue
        _unknown_keys(node, _RULE_KEYS, found)
        rule = _rule(node, name, found)
        if rule:
            yield rule


def _rule(node: Node, group: str, found: list[Diagnostic]) -> Rule | None:
    record, alert, expr = node.get("record"), node.get("alert"), node.get("expr")
    if (record is None) == (alert is None):
        what = "both `record` and `alert`" if record else "neither `record` nor `alert`"
        found.append(_wrong(node, f"a rule has one of `record` and `alert`, and this has {what}"))
    name = alert or record
    if record and not alert:
        _recording(node, record, found)
    for key in ("for", "keep_firing_for"):
        _duration(node.get(key), found)
    for key in ("labels", "annotations"):
        _texts(node, key, found)
    if expr is None or expr.value is None or not expr.value.strip():
        found.append(_wrong(expr or node, "a rule needs an `expr`"))
        return None
    if name is None or name.value is None:
        return None
    return Rule(group, name.value, alert is not None, name, expr, node)


def _recording(node: Node, record: Node, found: list[Diagnostic]) -> None:
    if not _METRIC.fullmatch(record.value or ""):
        found.append(_newer(record, "a metric"))
    for key, _ in node.pairs or ():
        if key.value in _ONLY_ALERTS:
            found.append(_wrong(key, f"`{key.value}` is for alerts, and this rule records", "remove it"))


def _texts(node: Node, key: str, found: list[Diagnostic]) -> None:
    mapping = node.get(key)
    if mapping is None or mapping.is_null:
        return
    if mapping.pairs is None:
        found.append(_wrong(mapping, f"`{key}` is a mapping"))
        return
    for name, value in mapping.pairs:
        if not _LABEL.fullmatch(name.value or ""):
            found.append(_newer(name, "a label" if key == "labels" else "an annotation"))
        if value.value is None:
            found.append(_wrong(value, f"'{name.value}' is text"))
        elif node.get("alert") and (at := template.unclosed(value.value)) is not None:
            span = value.excerpt.span(at, at + 2)
            found.append(Diagnostic(CODE, "this `{{` is not closed", span, "close it with `}}`"))


def _duration(node: Node | None, found: list[Diagnostic]) -> None:
    if node is None or node.is_null or node.value == "0":
        return
    try:
        literals.duration(node.value or "")
    except ValueError:
        found.append(_wrong(node, f"{node.value!r} is no duration", "write one such as 30s, 5m or 1h30m"))


def _unknown_keys(node: Node, known: tuple[str, ...], found: list[Diagnostic]) -> None:
    for key, _ in node.pairs or ():
        if key.value not in known:
            if ruler := _FOREIGN_KEYS.get(key.value or ""):
                message = f"'{key.value}' is for {ruler}, and Prometheus refuses a file with it"
                found.append(Diagnostic(CODE, message, key.span, "", Severity.WARNING))
                continue
            near = get_close_matches(key.value or "", known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the keys here are {', '.join(known)}"
            found.append(_wrong(key, f"unknown key '{key.value}'", hint))


def _newer(node: Node, what: str) -> Diagnostic:
    """A name that only Prometheus 3.x takes; an empty one none does."""
    message = f"{node.value!r} is no name of {what}" + (" to Prometheus 2.x" if node.value else "")
    hint = f"use letters, digits{', `:`' if what == 'a metric' else ''} and `_`, and no digit first"
    return Diagnostic(CODE, message, node.span, hint, Severity.WARNING if node.value else Severity.ERROR)


def _wrong(node: Node, message: str, hint: str = "", *labels: Label) -> Diagnostic:
    return Diagnostic(CODE, message, node.span, hint, labels=labels)
