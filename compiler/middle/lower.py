"""A gate to its plan: every criterion is lowered, shared parts are named, the whole is ordered and hashed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

from compiler import naming
from compiler.diagnostics import Diagnostic, Span
from compiler.engines import engine_profile
from compiler.fields import base_unit
from compiler.measures.context import Context, Read
from compiler.middle import bounds, requirements, words
from compiler.middle.coarse_step import step_of
from compiler.middle.context import Places, criterion_context, evaluation
from compiler.middle.criterion import criterion_rules
from compiler.middle.findings import with_findings
from compiler.middle.gate_state import state_rule
from compiler.middle.holding import Holding, Whole
from compiler.middle.inputs import input_rules, watched
from compiler.middle.judged import Judged
from compiler.middle.optimise import optimise
from compiler.middle.optimise.base import Frame
from compiler.middle.optimise.plain import plain
from compiler.middle.overall import category_rule, overall_rules
from compiler.middle.override_plan import overrides_plan
from compiler.middle.plan import (
    CategoryPlan,
    Channel,
    CriterionPlan,
    GatePlan,
    InputPlan,
    LinkPlan,
    OverridesPlan,
    ReceiverPlan,
    ReviewPlan,
    Rule,
)
from compiler.middle.review import review_rules
from compiler.middle.scenarios import scenarios
from compiler.middle.statistics import statistics_rules
from compiler.middle.timeline import Timeline, timeline
from compiler.moment import Moment
from compiler.promql.expr import Vector
from compiler.promql.printer import show
from compiler.spec.load_overrides import Approved
from compiler.spec.model import Category, Criterion, Gate, Target

_REVISION_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class _Placed:
    """A criterion with its category and place."""

    spec: Criterion
    category: Category
    context: Context
    reads: tuple[Read, ...]
    origin: Span


def lower(
    gate: Gate, places: Places, acknowledged: Sequence[Diagnostic] = (), approved: Approved | None = None
) -> GatePlan:
    """The plan of a gate and its overrides that passed all checks, but for what its author has acknowledged."""
    placed = tuple(_place(gate, places))
    reads = tuple((read, one.origin) for one in placed for read in _all_reads(one))
    judged = tuple(_judge(gate, one, watched(reads)) for one in placed)
    rules = _rules(gate, judged, reads, places)
    overrides = overrides_plan(gate, approved)
    revision = _revision((*rules, *_decision(gate, overrides, "", places)))
    plan = _plan(gate, judged, (*rules, *_decision(gate, overrides, revision, places)), revision, places)
    # The day of the review is no part of the revision: nobody's verdict is another when it is put off.
    plan = replace(plan, overrides=overrides, rules=(*plan.rules, *review_rules(plan.name, plan.review)))
    return with_findings(plan, gate, places, acknowledged)


def _place(gate: Gate, places: Places) -> Iterator[_Placed]:
    for i, category in enumerate(gate.categories):
        for j, criterion in enumerate(category.criteria):
            context = criterion_context(gate, criterion)
            origin = places.span(("categories", i, "criteria", j, "id"))
            yield _Placed(criterion, category, context, criterion.measure.reads(context), origin)


def _own_reads(one: _Placed) -> tuple[Read, ...]:
    """What must report for the criterion to be judged: its measure's inputs, its limits, its list of members."""
    limits = (Read(limit.metric, None) for limit in requirements.limit_metrics(one.spec.require))
    members = one.spec.members
    source = (_inventory(members.source, one, members.labels(one.context.by)),) if members and members.source else ()
    return (*one.reads, *limits, *source)


def _inventory(source: Vector, one: _Placed, by: tuple[str, ...]) -> Read:
    return Read(source, one.context.window, by, inventory=True)


def _all_reads(one: _Placed) -> tuple[Read, ...]:
    waiver = one.spec.waive_while
    return (*_own_reads(one), *((Read(waiver.metric, None, required=waiver.must_exist),) if waiver else ()))


def _judge(gate: Gate, one: _Placed, required: tuple[str, ...]) -> Judged:
    context = replace(one.context, watched=required)
    by = (*context.by, *one.spec.measure.own_labels)
    return Judged(
        gate=gate.metadata.name,
        category=one.category.id,
        spec=one.spec,
        context=context,
        lowered=one.spec.measure.lower(context),
        reads=_own_reads(one),
        bounds=bounds.bounds(one.spec.require),
        requirement=requirements.words(one.spec.require, by),
        by=by,
        min_coverage=(one.spec.min_coverage or gate.defaults.min_coverage).base,
        origin=one.origin,
    )


def _rules(
    gate: Gate, judged: tuple[Judged, ...], reads: tuple[tuple[Read, Span], ...], places: Places
) -> tuple[Rule, ...]:
    """The rules in dependency order: shared parts, inputs, criteria, categories. What decides comes after them."""
    name, ages, evaluated = gate.metadata.name, any(naming.INPUT in one.by for one in judged), evaluation(gate)
    inputs = tuple(input_rules(name, reads, ages=ages))
    criteria = tuple(rule for one in judged for rule in criterion_rules(one))
    categories = tuple(
        category_rule(
            name, c.id, [one.id for one in c.criteria], evaluated, c.title, places.span(("categories", i, "id"))
        )
        for i, c in enumerate(gate.categories)
    )
    judging = (*inputs, *criteria)
    if evaluated.engine.collapses:
        return *judging, *categories
    return *optimise(judging, _frame(gate, reads)), *plain(categories)


def _frame(gate: Gate, reads: Iterable[tuple[Read, Span]]) -> Frame:
    inventories = tuple(dict.fromkeys(read.name for read, _ in reads if read.inventory))
    errors = {one.id: error.base for one in gate.criteria if (error := one.max_error or gate.defaults.max_error)}
    return Frame(gate.metadata.name, gate.defaults.scrape_interval, errors, inventories)


def _decision(gate: Gate, overrides: OverridesPlan | None, revision: str, places: Places) -> tuple[Rule, ...]:
    """The rules of the gate as a whole, which say their revision."""
    origin, criteria = places.span(("metadata", "name")), tuple(one.id for one in gate.criteria)
    name, how = gate.metadata.name, evaluation(gate)
    whole = Whole(name, criteria, how, _holding(gate), revision)
    rules = *overall_rules(whole, overrides, origin), state_rule(name, criteria, how, revision, origin)
    return rules if how.engine.collapses else plain(rules)


def _holding(gate: Gate) -> Holding:
    contexts = ((one, criterion_context(gate, one)) for one in gate.criteria)
    windows = [read.window for one, context in contexts for read in one.measure.reads(context) if read.window]
    defaults = gate.defaults
    return Holding(defaults.stabilization, max(windows, default=defaults.stabilization), defaults.min_coverage.base)


def _revision(rules: Iterable[Rule]) -> str:
    """Hash of what Prometheus will evaluate; comments and places do not count."""
    content = [[rule.record, show(rule.expr), rule.labels] for rule in rules]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_REVISION_LENGTH]


def _plan(gate: Gate, judged: tuple[Judged, ...], rules: tuple[Rule, ...], revision: str, places: Places) -> GatePlan:
    meta, defaults = gate.metadata, gate.defaults
    times = _timeline(gate, judged)
    return GatePlan(
        name=meta.name,
        title=meta.title,
        description=meta.description or "",
        owner=meta.owner,
        on_call=meta.on_call or "",
        last_review=meta.last_review or "",
        review=_review(gate, places),
        source=places.file,
        revision=revision,
        engine=engine_profile(defaults.engine),
        evaluate_every=defaults.evaluate_every,
        stabilization=defaults.stabilization,
        scrape_interval=defaults.scrape_interval,
        severity=defaults.severity,
        runbook_base_url=meta.runbook_base_url or "",
        dashboard_url=meta.dashboard_url or "",
        tags=tuple(meta.tags),
        notes=tuple(meta.notes),
        links=tuple(LinkPlan(title, url) for title, url in meta.links.items()),
        receivers=tuple(_receivers(gate)),
        categories=tuple(_category(gate, i, judged, places, times) for i in range(len(gate.categories))),
        rules=rules,
        watched=_holding(gate).watched,
        min_coverage=defaults.min_coverage.base,
        judged_at=times.now,
        statistics=tuple(statistics_rules(meta.name, evaluation(gate), places.span(("metadata", "name")))),
        origin=places.span(("metadata", "name")),
    )


def _review(gate: Gate, places: Places) -> ReviewPlan | None:
    day = gate.metadata.next_review
    return ReviewPlan(day, Moment.of_day(day), places.span(("metadata", "next_review"))) if day else None


def _reading_error(gate: Gate, one: Judged) -> float:
    """By which share of itself a value may be wrong, since a window is read more coarsely than it was scraped."""
    allowed = one.spec.max_error or gate.defaults.max_error
    windows = (read.window for read in one.reads if read.window)
    if allowed is None or evaluation(gate).engine.collapses:
        return 0.0
    every = gate.defaults.scrape_interval
    return allowed.base if any(step_of(window, every, allowed.base) for window in windows) else 0.0


def _timeline(gate: Gate, judged: tuple[Judged, ...]) -> Timeline:
    windows = {read.window for one in judged for read in one.reads if read.window}
    looks = (one.spec.measure.looks(one.context) for one in judged)
    return timeline(windows, gate.defaults, [look for look in looks if look])


def _receivers(gate: Gate) -> Iterator[ReceiverPlan]:
    heard = gate.notifications
    owner = heard.owner or heard.status or heard.on_call
    if owner and gate.metadata.next_review:
        yield ReceiverPlan("owner", *_target(owner))
    if heard.status:
        yield ReceiverPlan("status", *_target(heard.status))
    if heard.on_call:
        yield ReceiverPlan("on_call", *_target(heard.on_call))
    if heard.reevaluate:
        yield ReceiverPlan("reevaluate", *_target(heard.reevaluate))


def _target(target: Target) -> tuple[Channel, str, str]:
    if target.slack:
        return "slack", target.slack.channel, target.slack.api_url_file
    if target.pagerduty:
        return "pagerduty", "", target.pagerduty.routing_key_file
    assert target.webhook is not None  # noqa: S101 - the model requires exactly one
    return "webhook", target.webhook.url, target.webhook.token_file or ""


def _category(gate: Gate, index: int, judged: tuple[Judged, ...], places: Places, times: Timeline) -> CategoryPlan:
    category = gate.categories[index]
    return CategoryPlan(
        id=category.id,
        title=category.title,
        runbook=category.runbook or "",
        description=category.description or "",
        criteria=tuple(_criterion(gate, category, one, times) for one in judged if one.category == category.id),
        origin=places.span(("categories", index, "id")),
    )


def _criterion(gate: Gate, category: Category, one: Judged, times: Timeline) -> CriterionPlan:
    spec = one.spec
    coverage = spec.min_coverage or gate.defaults.min_coverage
    windows = [read.window for read in one.reads if read.window and not read.inventory]
    return CriterionPlan(
        id=spec.id,
        title=spec.title,
        category=category.id,
        severity=spec.severity or category.severity or gate.defaults.severity,
        measure=spec.measure.describe(one.context),
        kind=spec.measure.kind,
        requirement=one.requirement,
        unit=base_unit(spec.measure.unit(one.context)),
        bounds=one.bounds,
        window=max(windows) if windows else None,
        by=one.by,
        every_series=one.lowered.every_series,
        inputs=tuple(dict.fromkeys(InputPlan(r.name, r.selector.name, r.required) for r in one.reads)),
        policies=tuple(words.policies(one, coverage)),
        notes=tuple(spec.notes),
        runbook=spec.runbook or category.runbook or "",
        origin=one.origin,
        scenarios=cache(partial(scenarios, one, times, _reading_error(gate, one))),
    )
