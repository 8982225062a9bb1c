"""What evaluates the compiled rules: promtool of some Prometheus, or vmalert-tool."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from engines import Engine
from reference.prometheus import Prometheus, of_version
from reference.reading import Answer, Job, UnansweredError, ask, ask_victoria
from reference.victoria_metrics import VictoriaMetrics
from victoria import Victoria

from compiler.engines import EngineName

_RECORDED: Final = '{__name__=~"gate:(criterion:(value|state|pass)|category:pass|overall:(met|pass))"}'


@dataclass(frozen=True, slots=True)
class Evaluator:
    """One engine: its model, what a spec calls it, how to ask it, and the question for what was just recorded."""

    name: str
    model: Prometheus
    profile: EngineName
    ask: Callable[[Sequence[Job]], list[list[Answer] | UnansweredError]]
    recorded: str


def of_prometheus(engine: Engine) -> Evaluator:
    """Promtool of a Prometheus."""
    return Evaluator(engine.name, of_version(engine.version), "prometheus", partial(ask, engine.promtool), _RECORDED)


def of_victoria(tools: Victoria) -> Evaluator:
    """vmalert-tool, whose selectors look back at what was recorded before."""
    model, tool = VictoriaMetrics(left_open=True, zero_counts_last=True), tools.vmalert_tool
    recorded = f"last_over_time({_RECORDED}[1ms])"
    return Evaluator("vmalert-tool", model, "victoriametrics", partial(ask_victoria, tool), recorded)
