"""All that `promgate generate` does: what is known already is recalled, the rest is built, and all is written or none.

Nothing of the compiler is loaded here unless something has to be compiled.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from compiler import naming, promtool
from compiler.collector import collect_rarely
from compiler.comparing import Looked, compare, drift
from compiler.diagnostics import Diagnostic, Severity
from compiler.ledger import Claim, Ledger, digest, ledger, of_spec, recalled
from compiler.moment import Moment
from compiler.promtool import Tools
from compiler.spec.text import SpecFile
from compiler.writing import Stage, settle, write

_ALL: Final = naming.ALERTMANAGER_FILE  # what the claim about all gates together is of

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What to generate from what.

    `specs` are in the order of their paths. `tools` is None if nothing is to be validated, `cache` if nothing is to be
    recalled. `complete` says that these are all specs, and `tests` that files of tests are wanted too; with `check`,
    nothing is written.
    """

    specs: tuple[SpecFile, ...]
    overrides: tuple[SpecFile, ...]
    base: SpecFile | None
    out: Path
    now: Moment
    tools: Tools | None
    jobs: int
    cache: Path | None
    complete: bool
    check: bool
    tests: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that was found, how many artifacts there are, and how many files were written or removed."""

    findings: tuple[Diagnostic, ...]
    count: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """All findings, the claims to remember, and the artifacts, each compared with what lies at its place."""

    findings: tuple[Diagnostic, ...]
    looked: tuple[Looked, ...]
    claims: tuple[Claim, ...]


def generate(request: Request, progress: Progress) -> Outcome:
    """Do it. `progress` is told how many of how many specs are compiled. Raises OSError; then nothing was changed."""
    book = ledger(request.cache, request.out, tests=request.tests)
    memory = _Memory(request, book.claims())
    with Stage(request.out) as stage:
        found = memory.all_of_it() or _compiled(request, memory, stage, progress)
        outcome = _carried_out(request, stage, found)
    _remember(book, memory.claims, found.claims, complete=request.complete)
    return outcome


def _good(findings: Iterable[Diagnostic]) -> bool:
    return not any(one.severity is Severity.ERROR for one in findings)


def _carried_out(request: Request, stage: Stage, found: _Found) -> Outcome:
    if not _good(found.findings):
        return Outcome(found.findings)
    changes = compare(request.out, found.looked, complete=request.complete)
    findings = (*found.findings, *changes.problems)
    if request.check:
        return Outcome((*findings, *drift(request.out, changes)))
    if not _good(findings):
        return Outcome(findings)
    write(request.out, stage, changes)
    return Outcome(findings, len(found.looked), changes.count)


def _remember(book: Ledger, old: Mapping[str, Claim], new: Iterable[Claim], *, complete: bool) -> None:
    kept = {} if complete else dict(old)
    kept |= {one.of: one for one in new}
    if kept != old:
        book.write(kept.values())


class _Memory:
    """What of the request earlier runs have found, and still is so."""

    def __init__(self, request: Request, claims: Mapping[str, Claim]) -> None:
        self._request = request
        self.claims = claims
        tools, told = request.tools, request.cache is not None
        self.promtool = _identity(tools.promtool) if told and tools else ""
        self.amtool = _identity(tools.amtool) if told and tools else ""
        # A tool that is missing has to be missed, whatever was known once.
        self._believes = told and (tools is None or bool(self.promtool and self.amtool))

    @cached_property  # for which all artifacts are read
    def known(self) -> tuple[Claim, ...]:
        """The claims about specs that hold."""
        claims = [(one, of_spec(file)) for file in self._request.specs if (one := self.claims.get(file.path))]
        if not claims:
            return ()
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to load

        with ThreadPoolExecutor(self._request.jobs) as pool:  # which read and hash side by side
            hold = pool.map(lambda claim: self._holds(claim[0], claim[1], self.promtool), claims)
            return tuple(one for (one, _), holds in zip(claims, hold, strict=True) if holds)

    def of_all(self, notices: Iterable[str]) -> Claim | None:
        """The claim about what is of all gates, which have these notices."""
        one = self.claims.get(_ALL)
        return one if one and self._holds(one, self.digest_of_all(notices), self.amtool) else None

    def digest_of_all(self, notices: Iterable[str]) -> str:
        """What that is told by."""
        base = self._request.base
        return digest(*notices, *((base.path, base.content) if base else ()))

    def all_of_it(self) -> _Found | None:
        """The outcome, if there is nothing to compile at all."""
        request = self._request
        if request.overrides or any(file.path not in self.claims for file in request.specs):
            return None
        known = self.known
        of_all = self.of_all(one.notices for one in known) if len(known) == len(request.specs) else None
        if of_all is None:  # which there is only if nothing was wrong with these specs together
            return None
        each = [recalled(one.findings) for one in known]
        findings = (*(one for found, _ in each for one in found), *(one for _, found in each for one in found))
        claims = (*known, of_all)
        return _Found(findings, _lying_there(claims), claims)

    def _holds(self, one: Claim, of: str, tool: str) -> bool:
        return self._believes and one.holds(of, tool, self._request.now, self._request.out)


def _identity(tool: str | None) -> str:
    """What a tool is known by; "" if it is missing or says nothing."""
    said = promtool.identity(tool) if tool else ""
    return digest(said) if said else ""


def _lying_there(claims: Iterable[Claim]) -> tuple[Looked, ...]:
    return tuple(Looked(PurePosixPath(one.path)) for claim in claims for one in claim.artifacts)


def _compiled(request: Request, memory: _Memory, stage: Stage, progress: Progress) -> _Found:
    """What is not known is compiled, and all is joined."""
    collect_rarely()  # loading the compiler is as much work as compiling one gate
    from compiler.building import Order, believed, build, claim, told  # noqa: PLC0415
    from compiler.overrides.checked import read_exceptions  # noqa: PLC0415
    from compiler.pipeline import join  # noqa: PLC0415

    exceptions = read_exceptions(request.overrides)
    known = {one.of: one for one in memory.known if one.gate not in exceptions.by_gate}
    missing = [file for file in request.specs if file.path not in known]
    each = {of: believed(one) for of, one in known.items()}
    notices = {of: one.notices for of, one in known.items()}
    looked, claims, refused = list(_lying_there(known.values())), list(known.values()), list[Diagnostic]()
    directory = None if request.check or not missing else stage.directory
    order = Order(request.out, directory, exceptions, request.now, request.tools, request.tests)
    for part in build(order, missing, request.jobs):
        for made in part.made:
            each[made.file.path] = made.compiled
            notices |= {made.file.path: told(made.compiled.notices)} if made.compiled.notices else {}
            looked += made.looked
            new = None if part.refused else claim(made, request.now, memory.promtool)
            claims += [new] if new else []
        refused += part.refused
        progress(len(each), len(request.specs))
    together = join([each[file.path] for file in request.specs], exceptions, complete=request.complete)
    if not together.good:
        return _Found((*together.diagnostics, *together.acknowledged), (), tuple(claims))
    of_all = _of_all(request, memory, stage, [notices[file.path] for file in request.specs])
    findings = (*together.diagnostics, *together.acknowledged, *dict.fromkeys((*refused, *of_all.findings)))
    return _Found(findings, (*looked, *of_all.looked), (*claims, *of_all.claims))


def _of_all(request: Request, memory: _Memory, stage: Stage, notices: Sequence[str]) -> _Found:
    """The artifacts that are of all gates, which have these notices; they are made only if they are not known."""
    from compiler.building import heard, written  # noqa: PLC0415
    from compiler.pipeline import config  # noqa: PLC0415

    if known := memory.of_all(notices):
        return _Found((), _lying_there((known,)), (known,))
    artifacts, wrong = config(map(heard, notices), request.base)
    refused = promtool.validate(artifacts, request.tools) if request.tools else ()
    looked = tuple(settle(request.out, one, None if request.check else stage.directory) for one in artifacts)
    new = Claim(_ALL, memory.digest_of_all(notices), tuple(map(written, artifacts)), memory.amtool)
    return _Found((*wrong, *refused), looked, () if wrong or refused else (new,))
