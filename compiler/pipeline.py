"""From specs to artifacts: the whole compiler in one function. Newcomers start here.

    text -> frontend (load, checks) -> Gate -> lower -> GatePlan -> back ends -> Artifact

Nothing is read or written here, and all problems of all files are found before anything is made.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from compiler import naming
from compiler.backends import BACKENDS, alertmanager
from compiler.backends.alertmanager_merge import merge
from compiler.backends.base import Artifact, Backend
from compiler.checks.of_plans import PLAN_CHECKS
from compiler.diagnostics import Diagnostic, Span
from compiler.frontend import check_spec, check_together, good
from compiler.middle.lower import lower
from compiler.middle.notices import NoticePlan, notices
from compiler.middle.plan import GatePlan
from compiler.moment import Moment
from compiler.overrides.checked import Exceptions, read_exceptions
from compiler.spec.text import SpecFile, decode


@dataclass(frozen=True, slots=True)
class Result:
    """What a compilation gives: artifacts ordered by path, or none if any diagnostic is an error.

    `acknowledged` are the findings that the authors of the specs have acknowledged; they are not among the diagnostics.
    """

    artifacts: tuple[Artifact, ...]
    diagnostics: tuple[Diagnostic, ...]
    acknowledged: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """What is found in all specs, and whether all of them are `good`, so that there is something to write.

    `names` are those of the gates, in the order of their specs, where they have any.
    """

    good: bool
    names: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    acknowledged: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Compiled:
    """One spec, compiled by itself: `named`, `artifacts` and `notices` are missing if it has an error.

    `diagnostics` are what the front end finds, `of_plan` what only the plan shows, which is said when the front end has
    nothing against any spec. `due` is when findings change although
    no file does, if they do; with overrides (`excepted`) that is at any time.
    """

    named: tuple[str, Span] | None
    diagnostics: tuple[Diagnostic, ...]
    of_plan: tuple[Diagnostic, ...] = ()
    acknowledged: tuple[Diagnostic, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    notices: NoticePlan | None = None
    due: Moment | None = None
    excepted: bool = False


Emit = Callable[[GatePlan], tuple[Artifact, ...]]


def in_turn(plan: GatePlan, backends: Sequence[Backend] = BACKENDS) -> tuple[Artifact, ...]:
    """What the back ends make of a plan, in their order."""
    return tuple(artifact for backend in backends for artifact in backend.emit((plan,)))


def compile_specs(
    files: Sequence[SpecFile],
    alertmanager_base: SpecFile | None = None,
    *,
    overrides: Sequence[SpecFile] = (),
    now: Moment | None = None,
    complete: bool = True,
) -> Result:
    """Compile specs. Neither their order nor where they lie changes the artifacts; only names of files reach them.

    `alertmanager_base` is an Alertmanager config that the generated one is merged into. `overrides` are the files of
    overrides; those of a gate that is not here are left alone if the specs are not `complete`. `now` is what the date
    is, for warnings alone: no artifact depends on it.
    """
    exceptions = read_exceptions(overrides)
    each = [compile_spec(file, exceptions, now) for file in sorted(files, key=lambda file: file.path)]
    together = join(each, exceptions, complete=complete)
    if not together.good:
        return Result((), together.diagnostics, together.acknowledged)
    of_all, wrong = config((one.notices for one in each if one.notices), alertmanager_base)
    artifacts = (*(one for compiled in each for one in compiled.artifacts), *of_all)
    ordered = sorted(artifacts, key=lambda one: one.path) if of_all else ()
    return Result(tuple(ordered), (*together.diagnostics, *wrong), together.acknowledged)


def compile_spec(file: SpecFile, exceptions: Exceptions, now: Moment | None, emit: Emit = in_turn) -> Compiled:
    """Compile one spec, as far as that does not depend on others. `emit` gives the artifacts that are wanted of it."""
    checked = check_spec(file, exceptions, now)
    if not checked.spec or not good(checked.diagnostics):
        return Compiled(checked.named, checked.diagnostics)
    spec = checked.spec
    plan = lower(spec.gate, spec.source, spec.acknowledged, spec.approved)
    wrong = tuple(one for check in PLAN_CHECKS for one in check.check(spec.gate, plan, spec.source))
    if wrong:
        return Compiled(checked.named, checked.diagnostics, wrong, spec.acknowledged)
    return Compiled(
        named=checked.named,
        diagnostics=checked.diagnostics,
        acknowledged=spec.acknowledged,
        artifacts=emit(plan),
        notices=notices(plan),
        due=plan.review.due if plan.review else None,
        excepted=spec.approved is not None,
    )


def check_plans(files: Sequence[SpecFile], overrides: Sequence[SpecFile], now: Moment, *, complete: bool) -> Together:
    """All that a compilation of the specs finds, without their artifacts."""
    exceptions = read_exceptions(overrides)
    return join(
        [compile_spec(file, exceptions, now, emit=lambda _: ()) for file in files], exceptions, complete=complete
    )


def join(each: Sequence[Compiled], exceptions: Exceptions, *, complete: bool) -> Together:
    """All that is found in the specs, each by itself and all of them together."""
    named = [one.named for one in each]
    names = tuple(name for name, _ in filter(None, named))
    among = check_together(named, exceptions, complete=complete)
    found = (*(one for compiled in each for one in compiled.diagnostics), *among)
    if not good(found):
        return Together(good=False, names=names, diagnostics=found)
    of_plans = tuple(one for compiled in each for one in compiled.of_plan)
    acknowledged = tuple(one for compiled in each for one in compiled.acknowledged)
    return Together(not of_plans, names, (*found, *of_plans), acknowledged)


def config(
    gates: Iterable[NoticePlan], alertmanager_base: SpecFile | None
) -> tuple[tuple[Artifact, ...], tuple[Diagnostic, ...]]:
    """The artifacts that are of all gates, merged into the base if there is one, or else what is wrong with that."""
    artifacts = tuple(alertmanager.config_of(gates))
    if alertmanager_base is None:
        return artifacts, ()
    merged, wrong = _merged(artifacts, alertmanager_base)
    return () if wrong else tuple(merged), wrong


def _merged(artifacts: Iterable[Artifact], base: SpecFile) -> tuple[list[Artifact], tuple[Diagnostic, ...]]:
    """The artifacts with the Alertmanager config merged into the base."""
    merged: list[Artifact] = []
    found: list[Diagnostic] = []
    for artifact in artifacts:
        if artifact.path.name == naming.ALERTMANAGER_FILE:
            text, more = merge(artifact.text, decode(base.content), base.path)
            found += more
            merged.append(replace(artifact, text=text))
        else:
            merged.append(artifact)
    return merged, tuple(found)
