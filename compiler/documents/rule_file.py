"""Rule files of Prometheus, and the Operator's PrometheusRule: what is wrong with them, each finding at its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from compiler.analysis.domain import ANY, Domain, Word
from compiler.analysis.facts import Facts
from compiler.analysis.labels import LabelSet
from compiler.analysis.series import Series
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.documents import rule_model, template
from compiler.documents.rule_model import Rule
from compiler.documents.yaml_tree import Node, YamlError, documents
from compiler.places.file_text import FileText
from compiler.promql.syntax import AggregateExpr, Selector, bare
from compiler.queries import findings, understand
from compiler.queries.base import Query
from compiler.queries.inspect import diagnostics

TEMPLATE: Final = "PG331"
DUPLICATE: Final = "PG332"


def check(file: FileText) -> list[Diagnostic]:
    """Everything that is wrong with a rule file."""
    found: list[Diagnostic] = []
    rules: list[Rule] = []
    try:
        for document in documents(file):
            rules += rule_model.rules(_groups(document, found), found)
    except YamlError as error:
        found.append(Diagnostic(rule_model.CODE, str(error), error.span))
    facts = recorded(rules)
    for rule in rules:
        found += _checked(rule, facts)
    return [*found, *_duplicates(rules)]


def _groups(document: Node, found: list[Diagnostic]) -> Node | None:
    """The list of groups in a document; other kinds of documents have none."""
    kind = document.get("kind")
    if kind is not None:
        spec = document.get("spec") if kind.value == "PrometheusRule" else None
        return spec.get("groups") if spec else None
    for key, _ in document.pairs or ():
        if key.value != "groups":
            message = f"unknown key '{key.value}'"
            found.append(Diagnostic(rule_model.CODE, message, key.span, "a rule file has `groups`, and nothing else"))
    return document.get("groups")


def recorded(rules: Sequence[Rule]) -> Facts:
    """What the recording rules of a file say of the series that they record.

    Rules may read what others record; two rounds see through two steps, and what is further is open.
    """
    facts = Facts()
    for _ in range(2):
        series: dict[str, list[LabelSet]] = {}
        summed: set[str] = set()
        for rule in rules:
            if not rule.is_alert:
                query = understand(rule.expr.value or "", "record", facts, rule.name)
                series.setdefault(rule.name, []).extend(_labels(rule, query))
                if isinstance(query, Query) and _is_sum_of_counters(query):
                    summed.add(rule.name)
        facts = Facts(recorded=series, summed=frozenset(summed))
    return facts


def _labels(rule: Rule, query: object) -> list[LabelSet]:
    if not isinstance(query, Query) or not query.flows.of(query.parsed.tree):
        return [LabelSet()]
    own: Mapping[str, Domain] = {
        name: Domain(frozenset({value.value}), empty=False, word=Word.AUTHOR)
        if value.value and "{{" not in value.value
        else ANY
        for name, value in rule.texts("labels")
    }
    return [one.labels.having(own) for one in query.flows.of(query.parsed.tree)]


def _is_sum_of_counters(query: Query) -> bool:
    tree = bare(query.parsed.tree)
    if not (isinstance(tree, AggregateExpr) and tree.op.text == "sum"):
        return False
    inner = bare(tree.vector)
    return isinstance(inner, Selector) and query.facts.kind(inner.metric)[0] == "counter"


def _checked(rule: Rule, facts: Facts) -> Iterator[Diagnostic]:
    excerpt = rule.expr.excerpt
    query = understand(excerpt.text, "alert" if rule.is_alert else "record", facts, rule.name)
    if isinstance(query, Query):
        yield from diagnostics(findings(query), excerpt)
        if rule.is_alert:
            yield from _shown(rule, query)
    else:
        yield from diagnostics(query, excerpt)


def _shown(rule: Rule, query: Query) -> Iterator[Diagnostic]:
    """Labels that a template shows and the result cannot have, each once."""
    flow = query.flows.of(query.parsed.tree)
    told: set[str] = set()
    for _, node in (*rule.texts("labels"), *rule.texts("annotations")):
        for label, start, end in template.labels(node.value or ""):
            if flow and label not in told and all(one.labels.of(label).never for one in flow):
                told.add(label)
                labels = (Label(rule.expr.excerpt.whole, f"the result has no label {label}{_labels_of(flow)}"),)
                message = f"`{label}` is always empty here: the alert's expression drops that label"
                hint = f"keep {label} in the expression, or leave it out of the text"
                span = node.excerpt.span(start, end)
                yield Diagnostic(TEMPLATE, message, span, hint, Severity.WARNING, labels)


def _labels_of(flow: Sequence[Series]) -> str:
    """The labels of a result, if all are known."""
    if not all(one.labels.closed for one in flow):
        return ""
    there = sorted({name for one in flow for name in one.labels.there})
    return f"; its labels are {', '.join(there)}" if there else "; it has none at all"


def _duplicates(rules: Sequence[Rule]) -> Iterator[Diagnostic]:
    """Rules that do the same twice, or write the same series."""
    seen: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        labels = tuple(sorted((name, value.value) for name, value in rule.texts("labels")))
        wait = rule.node.get("for")
        expr = " ".join((rule.expr.value or "").split())
        key = (rule.is_alert, rule.name, labels, expr if rule.is_alert else "", wait.value if wait else "")
        first = seen.setdefault(key, rule)
        if first is not rule:
            same = " ".join((first.expr.value or "").split()) == expr
            what = "the same rule is there twice" if same else f"two rules record {rule.name} with the same labels"
            hint = "remove one of the two" if same else "rename one, or give it a label of its own"
            place = (Label(first.name_node.span, "the first is here"),)
            yield Diagnostic(DUPLICATE, what, rule.name_node.span, hint, Severity.WARNING, place)
