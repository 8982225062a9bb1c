"""How a gate has done, by the hour: shares that add up, gaps that are unknown, and closings that are counted once.

What is expected is worked out here, sample by sample, from what the words mean.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from engines import Engine, promtool_test
from gates import plan
from victoria import Expectation, require_victoria, rule_test

from compiler.backends import statistics_rules

STATE = 'gate:overall:state{gate="case"}'
STEP = 30  # seconds between evaluations
HOUR = 3600
History = Sequence[int | None]  # the state in each evaluation; None where nobody judged

HISTORIES: dict[str, History] = {
    "always ready": [0] * 240,
    "a quarter failing": [0] * 130 + [10] * 30 + [0] * 80,
    "closed three times": [0] * 121 + [10] * 9 + [0] * 7 + [20, 11] * 9 + [1] * 9 + [11] * 3 + [0] * 76,
    "opened and not closed": [10] * 121 + [11] * 20 + [0] * 99,
    "overridden is open": [0] * 130 + [1] * 30 + [0] * 80,
    "half an hour nobody judged": [0] * 130 + [None] * 60 + [0] * 50,
    "one evaluation was missed": [0] * 130 + [None] + [0] * 109,
    "failing after a gap": [0] * 130 + [None] * 60 + [10] * 50,
    "nobody judged at all": [None] * 240,
    "closed with the first evaluation of the hour": [0] * 121 + [10] * 120,
    "closed with the last evaluation before the hour": [0] * 120 + [10] * 121,
}
ENDS = (240 * STEP - 2 * 60, 240 * STEP - 60)  # full minutes, when hours end in these tests


def notation(history: History) -> str:
    """A history as promtool writes series."""
    return " ".join("_" if state is None else str(state) for state in history)


def probes(history: History, end: int, hours: float, *, closed: bool) -> list[int | None]:
    """What is known at each probe before `end`: the state of that evaluation, or of one or two before it."""
    first = int(end - hours * HOUR)
    known = []
    for at in range(first if closed else first + STEP, end + 1, STEP):
        sees = [history[i] for i in range(max(0, at // STEP - (2 if closed else 1)), at // STEP + 1)]
        known.append(next((state for state in reversed(sees) if state is not None), None))
    return known


def expected(history: History, end: int, *, closed: bool) -> tuple[dict[int, int], int]:
    """The shares of the hour by state, in millionths, and the closings in it."""
    hour = probes(history, end, 1, closed=closed)
    shares = {state: round(1e6 * n / len(hour)) for state, n in Counter(hour).items() if state is not None}
    longer = [state for state in probes(history, end, 1 + STEP / HOUR, closed=closed) if state is not None]
    return shares, sum(before < 10 <= after for before, after in pairwise(longer))


def rules(engine: str = "prometheus") -> str:
    """The statistics of a gate that is judged every 30s."""
    criterion = {"id": "c", "title": "C", "measure": {"kind": "gauge", "metric": "level"}, "require": {"equals": 1}}
    (artifact,) = statistics_rules.emit((plan({"level": {"type": "gauge"}}, [criterion], engine=engine),))
    return artifact.text


def expectations(history: History, *, closed: bool) -> list[Expectation]:
    """What the rules must have recorded at the end of each hour."""
    found = []
    for end in ENDS:
        shares, closings = expected(history, end, closed=closed)
        at = f"{end}s"
        known = {f'{{gate="case", state="{state}"}}': share for state, share in shares.items()}
        found.append(Expectation("round(1000000 * gate:overall_state:ratio1h)", at, known))
        found.append(Expectation("gate:overall:closings1h", at, {'gate:overall:closings1h{gate="case"}': closings}))
    return found if any(state is not None for state in history) else [Expectation("{gate='case'}", at, {})]


def _test(title: str, history: History, checks: Sequence[Expectation]) -> dict[str, Any]:
    """A history and what is expected of it, as promtool reads tests."""
    return {
        "name": title,
        "interval": f"{STEP}s",
        "input_series": [{"series": STATE, "values": notation(history)}],
        "promql_expr_test": [
            {
                "expr": one.expr,
                "eval_time": one.at,
                "exp_samples": [{"labels": labels, "value": value} for labels, value in one.samples.items()],
            }
            for one in checks
        ],
    }


def test_an_hour(engine: Engine) -> None:
    """Shares are of the whole hour, seen or not; a fall from a state that passes is a closing."""
    closed = engine.version < (3, 0)
    tests = [_test(title, one, expectations(one, closed=closed)) for title, one in HISTORIES.items()]
    document = {"rule_files": ["r.yml"], "evaluation_interval": "1m", "tests": tests}

    ok, output = promtool_test(engine, document, {"r.yml": rules()})
    assert ok, output


def test_every_closing_is_in_one_hour(engine: Engine) -> None:
    """Hours that follow each other, and begin beside the evaluations as they do on servers, count each closing once."""
    history = [0 if n % 7 % 3 else 10 for n in range(3 * 120 + 10)]
    hours = " + ".join(f"sum(gate:overall:closings1h{past})" for past in ("", " offset 1h", " offset 2h"))
    end = 3 * HOUR + 45
    seen = history[:-9]  # what the evaluations until then wrote
    closings = sum(before < 10 <= after for before, after in pairwise(seen))
    test = _test("hours", history, [Expectation(hours, f"{end}s", {"{}": closings})])
    document = {"rule_files": ["r.yml"], "evaluation_interval": "45s", "tests": [test]}

    assert closings > 100
    ok, output = promtool_test(engine, document, {"r.yml": rules()})
    assert ok, output


@pytest.mark.engine
@pytest.mark.parametrize("title", ["closed three times", "overridden is open"])
def test_an_hour_of_vmalert(title: str) -> None:
    """The same rules on vmalert; its probes see three evaluations, as its verdicts do, so gaps look shorter there."""
    history = HISTORIES[title]
    checks = [one for one in expectations(history, closed=False) if one.at == f"{ENDS[0]}s"]

    ok, output = rule_test(require_victoria(), rules("victoriametrics"), {STATE: notation(history)}, "1m", checks)
    assert ok, output
