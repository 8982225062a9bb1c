"""The checks of expressions, in the order of their codes. A new one is a module here and a word in `QUERY_CHECKS`."""

from typing import Final

from compiler.analysis.facts import Facts
from compiler.analysis.flow import Flows
from compiler.promql import grammar, typecheck
from compiler.promql.problem import PromQLError
from compiler.queries import (
    absent_of_many,
    bucket_bound,
    constant_comparison,
    counter_as_gauge,
    gauge_as_counter,
    idle_ratio,
    impossible_label,
    lowest_verdict,
    many_to_one,
    matchers,
    misplaced_bool,
    missing_le,
    mixed_units,
    moved_in_time,
    nameless_selector,
    or_vector,
    quantile_range,
    sum_before_rate,
    syntax,
    unconditional_alert,
    unmatchable,
    version_feature,
)
from compiler.queries.base import ERROR, Finding, Purpose, Query, QueryCheck

QUERY_CHECKS: Final[tuple[QueryCheck, ...]] = (
    version_feature,
    unmatchable,
    many_to_one,
    impossible_label,
    constant_comparison,
    gauge_as_counter,
    counter_as_gauge,
    sum_before_rate,
    missing_le,
    quantile_range,
    bucket_bound,
    or_vector,
    misplaced_bool,
    unconditional_alert,
    idle_ratio,
    matchers,
    nameless_selector,
    moved_in_time,
    absent_of_many,
    lowest_verdict,
    mixed_units,
)


def understand(text: str, purpose: Purpose, facts: Facts, name: str = "") -> Query | tuple[Finding, ...]:
    """The query, or what is wrong with its grammar and types. In documents, Grafana's variables may be durations."""
    try:
        parsed = grammar.read(text, variables=purpose == "document")
    except PromQLError as error:
        return (Finding(syntax.CODE, error.problem, ERROR),)
    wrong = tuple(Finding(syntax.CODE, problem, ERROR) for problem in typecheck.check(parsed))
    return wrong or Query(parsed, Flows(parsed.tree, facts), purpose, name)


def findings(query: Query) -> tuple[Finding, ...]:
    """What all checks find, in reading order."""
    found = [one for check in QUERY_CHECKS for one in check.check(query)]
    return tuple(sorted(found, key=lambda one: (one.problem.start, one.problem.end, one.code)))
