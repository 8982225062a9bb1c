"""The reference gate without the guards of laws 2 and 3: the same criteria, believing whatever is there.

Left out are presence, coverage, missing members and saturation; the count of the members that pass; and the proof that
a recorded series was written in this same evaluation. What stays is what a gate needs to have verdicts at all. This is
done to the compiler's own functions while a plan is made, since no user should be able to ask for it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from compiler import naming
from compiler.middle import criterion, inputs, lower
from compiler.middle.plan import GatePlan, Rule
from compiler.promql import build
from compiler.promql.expr import Expr, Matcher, Vector
from compiler.spec.load import Loaded


def unguarded(spec: Loaded) -> GatePlan:
    """The plan of a spec, without guards."""
    assert spec.gate, spec.diagnostics
    assert spec.source
    with _patched():
        return lower.lower(spec.gate, spec.source)


@contextmanager
def _patched() -> Iterator[None]:
    rules = inputs.input_rules

    def ages(*arguments: object, **more: object) -> Iterator[Rule]:
        return (rule for rule in rules(*arguments, **more) if rule.record == naming.INPUT_AGE)  # type: ignore[arg-type]

    def plain(name: str, *matchers: Matcher, **_: object) -> Vector:
        return build.vector(name, *matchers)

    with ExitStack() as stack:
        for guard in ("_no_data", "_members_missing", "_partial", "_saturated"):
            stack.enter_context(patch.object(criterion, guard, _nothing))
        stack.enter_context(patch.object(criterion, "_all_good", _good))
        stack.enter_context(patch.object(lower, "input_rules", ages))
        stack.enter_context(patch.object(build, "fresh", plain))
        yield


def _nothing(_: object) -> Iterator[Expr]:
    return iter(())


def _good(_: object, good: Expr) -> Expr:
    return good
