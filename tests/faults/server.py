"""The server itself: restarts, crashes, full disks, queries that it refuses, and rules that are not loaded."""

from functools import partial
from itertools import pairwise
from typing import Final

from faults import specs
from faults.healthy import LEVEL, POOLS, REQUESTS, TIERS
from faults.model import STABILIZATION, Fault
from faults.pages import both, empty, jump, page, rate, switch, until
from faults.platforms import VICTORIA
from faults.trial import MAX_AGE, Trial
from web import EngineError, wait_for

SECTION: Final = "the server"
serve = partial(Fault, section=SECTION, right="fail")
# Prometheus shows a sample for five minutes; a window of 12 seconds deserves a lookback that is as much shorter.
SHORT_LOOKBACK: Final = ("--query.lookback-delta=2s",)
_BAD: Final = page({"x_requests_total": rate(100), "x_errors_total": jump(500, then=50)})
_LEVEL_TURNS_BAD: Final = page({"x_level": switch(50, 99)})
_BETWEEN: Final = page({"x_level": 85})
_MANY: Final = 3000
_NAMES: Final = 12  # of a file; for about half of them, its groups are evaluated apart from those of another file
_OTHERS: Final = {"others.yml": "groups: [{name: others, rules: [{record: others, expr: vector(1)}]}]"}


def _many_series(value: float, count: int = _MANY) -> dict[str, float]:
    return {f'x_used{{n="{n}"}}': value for n in range(count)}


def _stop_for_half_a_window(trial: Trial) -> None:
    trial.server.end()
    trial.wait(7)
    trial.server.restart()
    trial.read(5)


def _stop_and_look_later(trial: Trial) -> None:
    trial.server.end()
    trial.wait(4)  # Prometheus scrapes again five seconds after it evaluates again
    trial.server.restart()
    trial.wait(STABILIZATION + 1.5)
    trial.read(2)


def _stop_for_longer_than_the_verdict_lasts(trial: Trial) -> None:
    trial.server.end()
    trial.wait(MAX_AGE + 2)
    trial.server.restart()
    trial.read(1)


def _crash(trial: Trial) -> None:
    trial.server.crash()
    trial.strike()
    trial.wait(MAX_AGE + 2)
    trial.server.restart()
    trial.read(1)


def _pause(trial: Trial) -> None:
    trial.server.pause()
    trial.strike()
    trial.wait(MAX_AGE + 2)
    trial.server.resume()
    trial.read(2)


def _fill_the_disk(trial: Trial) -> None:
    trial.server.fill_disk()
    trial.strike()
    trial.wait(MAX_AGE + 2)
    trial.read(2)


def _strike(trial: Trial) -> None:
    trial.strike()
    trial.wait_for_verdict()
    trial.read(4)


def _strike_with_a_large_page(trial: Trial) -> None:
    trial.strike()
    trial.wait_for_scrape()
    trial.wait_for_verdict()
    trial.read(4)


def _let_the_verdict_grow_old(trial: Trial) -> None:
    """An evaluation that takes long writes the verdict of its beginning; the reader believes it up to --max-age.

    Where results come late, one evaluation may be missing, so the next verdict may be a pass as well.
    """
    trial.strike()
    trial.wait_for_scrape()
    trial.wait(MAX_AGE + 3 + 3 * trial.platform.pace.lag)
    trial.read(3)


def _write_stricter_rules(trial: Trial) -> None:
    assert trial.fault.later is not None
    trial.gate = trial.compiled(trial.fault.later)
    trial.server.files = trial.files()


def _refuse_to_reload(trial: Trial) -> None:
    _write_stricter_rules(trial)
    trial.server.files["broken.yml"] = "groups: [{name: x, rules: [{record: a, expr: 'sum('}]}]"
    try:
        trial.server.reload()
    except EngineError:
        trial.read(3)
    else:
        raise EngineError("the broken rules were loaded")


def _forget_to_reload(trial: Trial) -> None:
    _write_stricter_rules(trial)
    trial.server.configure()
    trial.read(3)


def _load_stricter_rules(trial: Trial) -> None:
    _write_stricter_rules(trial)
    trial.server.reload()
    trial.wait(6)
    trial.read()
    trial.read_written(8)


def _remove_the_rules(trial: Trial) -> None:
    trial.server.files = _OTHERS
    trial.server.reload()
    trial.strike()
    trial.wait(MAX_AGE + 1)
    trial.read(2)


def _reload_unchanged(trial: Trial) -> None:
    trial.server.files |= _OTHERS
    trial.server.reload()
    trial.read(5)


def _restart_on_healthy_data(trial: Trial) -> None:
    trial.server.end()
    trial.server.restart()
    trial.wait(16)
    trial.read(3)


def _load_the_rules_twice(trial: Trial) -> None:
    """A second file with the same rules, evaluated at another moment of each tick.

    Prometheus spreads groups over their interval by a hash of file and name. Two copies that are evaluated at once drop
    each other's samples as out of order, and then no verdict is sure (docs/limits.md). VictoriaMetrics takes
    all of them.
    """
    once, takes_all = trial.server.files, trial.platform.profile == VICTORIA
    for number in range(_NAMES):
        trial.server.files = once | {f"copy-{number}.{name}": text for name, text in once.items()}
        trial.server.reload()
        trial.wait(3)
        if takes_all or _apart(trial):
            break
    else:
        raise EngineError("two groups are never evaluated apart")
    trial.wait(STABILIZATION + 1)
    trial.read(3)
    trial.read_written(12)


def _apart(trial: Trial) -> bool:
    """Whether the verdicts of the last two ticks were written at moments that are a quarter of a tick apart."""
    tick = trial.platform.pace.seconds
    written = trial.server.raw("gate:overall:pass", round(2 * tick))
    moments = sorted(at % tick for series in written for at, _ in series.samples)
    between = [later - sooner for sooner, later in pairwise([*moments, moments[0] + tick])] if moments else []
    return sum(gap >= tick / 4 for gap in between) >= 2


def _blind_replica(trial: Trial) -> None:
    """A second replica with the same rules, whose network lets it scrape nothing of the fault's targets."""
    steady_only = trial.exporter.jobs()[:1]
    with trial.session(steady_only) as second:
        wait_for(lambda: second.query("gate:overall:pass"), 60, "a verdict of the second replica")
        trial.replicas.append(second)
        trial.read(3)
        trial.replicas.pop()


FAULTS: Final = (
    serve(
        "restart-leaves-a-gap",
        "Prometheus is down for half of the window.",
        specs.AVAILABILITY,
        (REQUESTS,),
        ("partial", "no_data"),
        "Half of the window is unknown.",
        trial=_stop_for_half_a_window,
        flags=SHORT_LOOKBACK,
    ),
    serve(
        "restart-hides-a-gap",
        "Prometheus is down for a third of the window; the lookback bridges it, and the stabilisation time is over.",
        specs.AVAILABILITY,
        (REQUESTS,),
        ("pass", "partial", "no_data"),
        "A third of the window, and what was to be scraped until the targets are known again, is unknown.",
        trial=_stop_and_look_later,
    ),
    serve(
        "restart-shortens-the-stabilisation",
        "Prometheus was down, is up again, and finds everything good at its first look.",
        specs.LEVEL,
        (LEVEL,),
        ("pass", "no_data"),
        "Nobody has watched for the stabilisation time.",
        trial=_stop_for_longer_than_the_verdict_lasts,
    ),
    serve(
        "killed-in-mid-evaluation",
        "Prometheus is killed (-9) and started again; meanwhile the service turns bad.",
        specs.AVAILABILITY,
        (_BAD,),
        ("fail", "partial", "no_data", "undefined", "pass"),
        "What was written before the crash is shown at once, before any evaluation.",
        trial=_crash,
    ),
    serve(
        "hangs",
        "Prometheus hangs and goes on; meanwhile the service turns bad.",
        specs.AVAILABILITY,
        (_BAD,),
        ("fail", "partial", "no_data", "undefined", "pass"),
        "What was written before is shown at once, before any evaluation.",
        trial=_pause,
    ),
    serve(
        "disk-full",
        "The disk is full, so that Prometheus stores nothing any more; the service turns bad.",
        specs.AVAILABILITY,
        (_BAD,),
        ("fail", "partial", "no_data", "undefined"),
        "The last verdict stays visible for five minutes.",
        trial=_fill_the_disk,
    ),
    serve(
        "broken-rules-are-not-loaded",
        "A stricter bound is deployed with a file that Prometheus refuses, so the old rules go on.",
        specs.LEVEL,
        (_BETWEEN,),
        ("pass",),
        "The stricter bound is not met, and its rules answer nothing.",
        trial=_refuse_to_reload,
        later=specs.STRICTER_LEVEL,
    ),
    serve(
        "rules-of-an-older-commit",
        "A stricter bound is deployed, and nobody reloads Prometheus.",
        specs.LEVEL,
        (_BETWEEN,),
        ("pass",),
        "The stricter bound is not met, and its rules answer nothing.",
        trial=_forget_to_reload,
        later=specs.STRICTER_LEVEL,
    ),
    serve(
        "stricter-rules-are-loaded",
        "A stricter bound is deployed and loaded; it is not met.",
        specs.LEVEL,
        (_BETWEEN,),
        ("pass", "fail"),
        "What the older rules have found is no answer of the new ones.",
        trial=_load_stricter_rules,
        later=specs.STRICTER_LEVEL,
    ),
    serve(
        "rules-removed",
        "The rule files are removed; the service turns bad.",
        specs.LEVEL,
        (_LEVEL_TURNS_BAD,),
        (),
        "Nobody judges.",
        trial=_remove_the_rules,
    ),
    serve(
        "too-many-samples",
        "So many series appear that Prometheus refuses the query (query.max-samples); all of them are bad.",
        specs.USAGE,
        (
            both(
                POOLS,
                until(empty, page({f'{one}{{pool="p{n}"}}': 40 for one in ("x_used", "x_size") for n in range(_MANY)})),
            ),
        ),
        ("no_data", "undefined"),
        "The rule is an error, and its last values stay visible for five minutes.",
        heavy=True,
        trial=_strike_with_a_large_page,
        flags=("--query.max-samples=4000",),
        victoria_flags=("-search.maxSamplesPerQuery=4000",),
        read_back=True,
    ),
    serve(
        "query-timeout",
        "So many series appear that the rule takes longer than query.timeout.",
        specs.HEAVY,
        (until(page({"x_used": 1}), page(_many_series(99))),),
        ("no_data", "undefined"),
        "The rule is an error, and its last value stays visible for five minutes.",
        heavy=True,
        trial=_let_the_verdict_grow_old,
        flags=("--query.timeout=700ms",),
        victoria_flags=("-search.maxQueryDuration=700ms",),
    ),
    serve(
        "evaluation-overruns-its-interval",
        "A rule takes much longer than the evaluation interval, so that evaluations are missed.",
        specs.HEAVY,
        (until(page({"x_used": 1}), page(_many_series(1, 2 * _MANY))),),
        ("pass", "undefined"),
        "Nobody knows that the gate was met throughout the stabilisation time.",
        heavy=True,
        trial=_let_the_verdict_grow_old,
    ),
    serve(
        "concurrent-rule-evaluation",
        "With concurrent rule evaluation, a pool turns bad and the join of its rule fails.",
        specs.USAGE,
        (
            page({'x_used{pool="a"}': switch(10, 39), 'x_size{pool="a"}': 40}),
            until(empty, page({'x_size{pool="a"}': 40})),
        ),
        ("undefined",),
        "The order of rules must hold although they run at the same time.",
        trial=_strike,
        flags=("--enable-feature=concurrent-rule-eval", "--rules.max-concurrent-evals=4"),
        unproducible={
            "prometheus-2.42": "it has no concurrent rule evaluation",
            "victoriametrics": "there a rule never sees the results of its own evaluation",
        },
    ),
    serve(
        "dropped-page-without-stale-markers",
        "A page is dropped for its sample_limit: no stale markers, so the lookback ends what is shown.",
        specs.AVAILABILITY,
        (until(REQUESTS, both(REQUESTS, page({f'x_noise{{n="{n}"}}': 1 for n in range(20)}))),),
        ("no_data", "partial"),
        "After the lookback (five minutes by default, 2s here) nothing is known.",
        trial=_let_the_verdict_grow_old,
        flags=SHORT_LOOKBACK,
        scrape={"sample_limit": 10},
    ),
    serve(
        "one-replica-is-blind",
        "One of two Prometheus replicas cannot reach the targets.",
        specs.AVAILABILITY,
        (REQUESTS,),
        ("pass",),
        "All replicas must say pass; which of them is right, nobody knows.",
        trial=_blind_replica,
    ),
    Fault(
        "rules-loaded-twice",
        "The same rules are in two rule files.",
        specs.LEVEL,
        (LEVEL,),
        ("pass",),
        "Both say the same.",
        section=SECTION,
        right="pass",
        trial=_load_the_rules_twice,
    ),
    Fault(
        "reload-of-other-rules",
        "Rules of others are added, and Prometheus reloads.",
        specs.LISTED_TIERS,
        (TIERS,),
        ("pass",),
        "The gate goes on as before.",
        section=SECTION,
        right="pass",
        trial=_reload_unchanged,
    ),
    Fault(
        "restart-on-healthy-data",
        "Prometheus is restarted.",
        specs.LEVEL,
        (LEVEL,),
        ("pass",),
        "After the stabilisation time the gate is open again.",
        section=SECTION,
        right="pass",
        trial=_restart_on_healthy_data,
    ),
)
