"""gate-check.sh: the thin reader of the verdict, for CI and for people (DESIGN law 8).

The script decides by one query for one series, which names the revision it was generated with. What it says beyond
pass or fail comes from the plan, embedded as JSON, and from queries that explain and never decide.
"""

import contextlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from jinja2 import Template

from compiler import naming
from compiler.backends.base import Artifact
from compiler.fields import RATIO, UNITS, Dimension, Duration, Quantity, Unit
from compiler.middle.plan import Bound, CategoryPlan, CriterionPlan, GatePlan, OverridePlan
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Matcher, Subquery
from compiler.promql.printer import show
from compiler.resources import environment
from compiler.states import FIRST_FAILING, STATES

NAME: Final = "gate_check"

_MAX_AGE_SECONDS: Final = 120  # DESIGN section 7
_MISSED_EVALUATIONS: Final = 3  # a gate that is evaluated rarely is allowed this many intervals instead
_BODY_BLOCKS: Final = 8192  # of 512 bytes, as POSIX ulimit counts: no honest answer is larger than 4 MiB
_HISTORY: Final = Duration.parse("24h")
_HISTORY_STEP: Final = Duration.parse("1m")
_FACTS: Final = {
    naming.CRITERION_VALUE: "value",
    naming.CRITERION_THRESHOLD: "threshold",
    naming.CRITERION_STATE: "state",
    naming.OVERALL_MET: "met",
    naming.OVERALL_OVERRIDE: "override",
    naming.OVERALL_HELD: "held",
    naming.OVERRIDE_END: "override_end",
    naming.OVERRIDE_RETEST: "override_retest",
    naming.input_series(()): "input",
}


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One executable POSIX sh script a gate."""
    for gate in gates:
        own = build.equal(naming.GATE, gate.name)
        verdict = build.vector(naming.OVERALL_PASS, own, build.equal(naming.REVISION, gate.revision))
        text = _template().render(
            gate=gate.name,
            revision=gate.revision,
            # JSON has no line breaks, so a file name cannot leave the comment that shows it.
            source=json.dumps(gate.source),
            # One line of JSON each, so that none is the delimiter of the here-document that holds them.
            plan="\n".join(json.dumps(row) for row in (_head(gate), *_rows(gate))),
            verdict=show(verdict),
            verdict_name=naming.OVERALL_PASS,
            age=show(_age(verdict)),
            facts=show(_facts(own)),
            history=show(_history(own)),
            body_blocks=_BODY_BLOCKS,
            max_age=max(_MAX_AGE_SECONDS, round(_MISSED_EVALUATIONS * gate.evaluate_every.seconds)),
        )
        yield Artifact(PurePosixPath(gate.name, naming.GATE_CHECK_FILE), text, executable=True)


@cache
def _template() -> Template:
    jinja = environment()
    jinja.filters["sh"] = _quote
    return jinja.get_template("gate_check.sh.j2")


def _quote(text: str) -> str:
    """One word of POSIX sh that stands for exactly this text."""
    return "'" + text.replace("'", "'\\''") + "'"


def _age(selector: Expr) -> Binary:
    """Seconds since the samples were written: the API's own timestamp is the time of the query."""
    return Binary("-", build.call("time"), build.call("timestamp", selector))


def _facts(own: Matcher) -> Binary:
    """All that explains a verdict, in one consistent answer; its series without a name are the ages of the verdicts."""
    named = build.vector("", Matcher("__name__", "=~", "|".join(_FACTS)), own)
    return Binary("or", named, _age(build.vector(naming.OVERALL_PASS, own)))


def _history(own: Matcher) -> Expr:
    """When each criterion last passed."""
    return _last(build.compare("==", build.vector(naming.CRITERION_PASS, own), 1))


def _last(expr: Expr) -> Expr:
    return build.call("max_over_time", Subquery(build.call("timestamp", expr), _HISTORY, _HISTORY_STEP))


def _head(gate: GatePlan) -> dict[str, object]:
    """First line of the embedded plan: the gate and the words that all criteria share."""
    return {
        "gate": gate.name,
        "revision": gate.revision,
        "title": gate.title,
        "owner": gate.owner,
        "on_call": gate.on_call,
        "dashboard": gate.dashboard_url,
        "stabilization": gate.stabilization.seconds,
        "first_failing": FIRST_FAILING,
        "history": _HISTORY.seconds,
        "states": {str(state.code): [state.label, state.meaning] for state in STATES},
        "series": _FACTS,
        "blocks": bool(gate.overrides and gate.overrides.blocks),
        "overrides": [_override(one) for one in (gate.overrides.entries if gate.overrides else ())],
    }


def _override(one: OverridePlan) -> dict[str, object]:
    """What the script says of an override; times for people and for jq."""
    return {
        "id": one.id,
        "reason": one.reason,
        "reason_title": one.reason_title,
        "ticket": one.ticket,
        "approver": one.approver,
        "approver_title": one.approver_title,
        "start": str(one.start),
        "start_at": one.start.seconds,
        "expires": str(one.expires),
        "expires_at": one.expires.seconds,
        "retest_by": str(one.retest_by),
        "retest_at": one.retest_by.seconds,
        "scope": one.scope,
        "risk_acceptance": one.risk_acceptance,
        "note": one.note,
    }


def _rows(gate: GatePlan) -> Iterator[dict[str, object]]:
    """The further lines of the embedded plan: one a criterion."""
    for category in gate.categories:
        for criterion in category.criteria:
            yield _row(category, criterion)


def _row(category: CategoryPlan, criterion: CriterionPlan) -> dict[str, object]:
    unit = _shown_unit(criterion)
    return {
        "category": criterion.category,
        "criterion": criterion.id,
        "title": criterion.title,
        "requirement": criterion.requirement,
        "runbook": criterion.runbook or category.runbook,
        "factor": float(unit.factor),
        "symbol": f" {unit.symbol}" if unit.dimension is Dimension.MONEY else unit.symbol,
        "bounds": {bound.kind: _bound(bound) for bound in criterion.bounds},
        "inputs": [one.name for one in criterion.inputs],
    }


def _bound(bound: Bound) -> dict[str, object]:
    """A limit that differs by member has no text: the recorded threshold is shown."""
    return {"strict": bound.strict, "text": None if bound.limit is None else bound.text}


def _shown_unit(criterion: CriterionPlan) -> Unit:
    """The unit in which the author wrote the limit, so that value and limit can be compared at a glance."""
    written = [bound.text for bound in criterion.bounds if bound.limit is not None]
    written += [text for bound in criterion.bounds for _, _, text in bound.per_member]
    if written:
        with contextlib.suppress(ValueError):  # a text that is not a quantity, such as "open"
            return Quantity.parse(written[0]).unit
    return UNITS["percent"] if criterion.unit == RATIO else criterion.unit
