"""From specs to artifacts: the whole compiler in one function. Newcomers start here.

    text -> frontend (load, checks) -> Gate -> lower -> GatePlan -> back ends -> Artifact

Nothing is read or written here, and all problems of all files are found before anything is made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from compiler import naming
from compiler.backends import BACKENDS
from compiler.backends.alertmanager_merge import merge
from compiler.backends.base import Artifact
from compiler.checks.of_plans import PLAN_CHECKS
from compiler.diagnostics import Diagnostic
from compiler.frontend import Spec, check_specs
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.moment import Moment
from compiler.spec.text import SpecFile, decode


@dataclass(frozen=True, slots=True)
class Result:
    """What a compilation gives: artifacts ordered by path, or none if any diagnostic is an error.

    `acknowledged` are the findings that the authors of the specs have acknowledged; they are not among the diagnostics.
    """

    artifacts: tuple[Artifact, ...]
    diagnostics: tuple[Diagnostic, ...]
    acknowledged: tuple[Diagnostic, ...] = ()


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
    checked = check_specs(files, overrides, now, complete=complete)
    if not checked.good:
        return Result((), checked.diagnostics)
    plans = [lower(spec.gate, spec.source, spec.acknowledged, spec.approved) for spec in checked.specs]
    of_plans = tuple(_of_plans(checked.specs, plans))
    if of_plans:
        return Result((), (*checked.diagnostics, *of_plans), checked.acknowledged)
    gates = tuple(sorted(plans, key=lambda plan: plan.name))
    artifacts = [artifact for backend in BACKENDS for artifact in backend.emit(gates)]
    found: tuple[Diagnostic, ...] = ()
    if alertmanager_base:
        artifacts, found = _merged(artifacts, alertmanager_base)
    diagnostics = (*checked.diagnostics, *found)
    return Result(
        () if found else tuple(sorted(artifacts, key=lambda one: one.path)), diagnostics, checked.acknowledged
    )


def _of_plans(specs: Iterable[Spec], plans: Iterable[GatePlan]) -> Iterator[Diagnostic]:
    for spec, plan in zip(specs, plans, strict=True):
        for check in PLAN_CHECKS:
            yield from check.check(spec.gate, plan, spec.source)


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
