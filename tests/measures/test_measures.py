"""Every measure kind on real promtools: small cases in `cases/<kind>.yaml`, each with its state and value.

A case is judged after 60 steps of 30 seconds, the length of the window. `engines` names the versions of Prometheus that
a case is for, where promtool's notation of its series is not as old as the others.
"""

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from engines import Engine, promtool_test
from gates import recording_rules

from compiler.measures import Measure
from compiler.states import STATES

CASES = Path(__file__).parent / "cases"
KINDS = sorted(get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(get_args(Measure)[0]))
CODES = {state.name: state.code for state in STATES}
END = "30m"


def test_every_kind_has_cases() -> None:
    """Each kind of the registry has a file of cases, and no file is left over."""
    assert sorted(path.stem for path in CASES.glob("*.yaml")) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_kind(engine: Engine, kind: str) -> None:
    """Every case of the kind has the state and the value that it says."""
    document = yaml.safe_load((CASES / f"{kind}.yaml").read_text())
    problems = []
    for case in _cases(document, engine):
        ok, output = _judge(engine, document["metrics"], case)
        if not ok:
            problems.append(f"{case['title']}\n{output}")

    assert not problems, "\n".join(problems)


def _cases(document: dict[str, Any], engine: Engine) -> list[dict[str, Any]]:
    version = engine.name.removeprefix("prometheus-")
    return [case for case in document["cases"] if version in case.get("engines", [version])]


def _judge(engine: Engine, metrics: dict[str, Any], case: dict[str, Any]) -> tuple[bool, str]:
    criterion = {"id": "case", "title": case["title"], **case["criterion"]}
    rules = recording_rules(metrics, [*case.get("others", []), criterion])
    own = '{category="all",criterion="case",gate="case"}'
    expectations = [
        {
            "expr": 'gate:criterion:state{criterion="case"}',
            "eval_time": END,
            "exp_samples": [{"labels": f"gate:criterion:state{own}", "value": CODES[case["state"]]}],
        },
        {
            "expr": 'gate:criterion:pass{criterion="case"}',
            "eval_time": END,
            "exp_samples": [
                {"labels": f"gate:criterion:pass{own}", "value": int(CODES[case["state"]] < CODES["fail"])}
            ],
        },
    ]
    if "value" in case:
        # Rates are floats; the value is compared to a billionth.
        close = f'abs(max(gate:criterion:value{{criterion="case"}}) - {case["value"]}) < bool 1e-9'
        expectations.append(
            {"expr": close, "eval_time": END, "exp_samples": [{"labels": "{}", "value": 1}]},
        )
    test = {
        "interval": "30s",
        "input_series": [{"series": name, "values": str(values)} for name, values in case["series"].items()],
        "promql_expr_test": expectations,
    }
    return promtool_test(
        engine, {"rule_files": ["r.yml"], "evaluation_interval": END, "tests": [test]}, {"r.yml": rules}
    )
