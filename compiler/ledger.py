"""What earlier runs found to be so, so that it need not be found again: the cache of `promgate generate`.

A claim says of one spec: this text, under this compiler, gives files with these SHA-256, with these findings, and that
promtool accepts them. It holds no artifact, and it is believed only if every file in the output directory has that very
hash; so the worst that a wrong cache can do is nothing, where a file should have been written. Nothing is decided by
time stamps. Each line has a checksum, and what is damaged, of another compiler, or unreadable is not there.

What depends on the clock is claimed until the day on which it changes. Gates with overrides are claimed never: what is
said of them changes with every second.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from compiler.comparing import lies_there
from compiler.diagnostics import Diagnostic, Span
from compiler.moment import Moment
from compiler.spec.text import SpecFile

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Findings = tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]  # what is open, and what is acknowledged

_FOREVER: Final = 1 << 62
_CHECKSUM: Final = 64  # characters
_PACKAGES: Final = ("click", "pydantic", "pydantic_core", "PyYAML", "Jinja2", "MarkupSafe", "grafanalib", "attrs")


@dataclass(frozen=True, slots=True)
class Written:
    """One artifact: its path in the output directory, and the SHA-256 of its text."""

    path: str
    digest: str
    executable: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of a spec, or of what is of all gates together.

    `of` is its path, `digest` the SHA-256 of what it is made from. `findings` and `notices` are JSON of the compiler's
    own, read only where somebody needs them. `accepted_by` is what the tool that checked the artifacts says of itself,
    "" if none did. It holds from the second `since` on, until before `until`.
    """

    of: str
    digest: str
    artifacts: tuple[Written, ...]
    accepted_by: str
    gate: str = ""
    place: tuple[int, int, int, int] = (1, 1, 1, 1)
    findings: str = ""
    notices: str = ""
    since: int = 0
    until: int = _FOREVER

    @property
    def named(self) -> tuple[str, Span]:
        """The name of the gate, and where it is written."""
        return self.gate, Span(self.of, *self.place)

    def holds(self, digest: str, accepted_by: str, now: Moment, out: Path) -> bool:
        """Whether it is about this, now, and all of it lies in the output directory. "" asks for no tool's word."""
        return (
            self.digest == digest
            and accepted_by in {"", self.accepted_by}
            and self.since <= now.seconds < self.until
            and all(lies_there(str(out), one.path, one.digest, executable=one.executable) for one in self.artifacts)
        )


def period(due: Moment | None, now: Moment) -> tuple[int, int]:
    """From when until when what is found now stays so, if something happens only at `due`."""
    if due is None:
        return 0, _FOREVER
    return (due.seconds, _FOREVER) if due <= now else (0, due.seconds)


def digest(*parts: str | bytes) -> str:
    """The SHA-256 of some texts, one after the other, each told from the next."""
    sum_ = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        sum_.update(len(raw).to_bytes(8, "big"))
        sum_.update(raw)
    return sum_.hexdigest()


def of_spec(file: SpecFile) -> str:
    """What a spec is told by: its text, and the path that findings show."""
    return digest(file.path, file.content)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A file of claims about one output directory. `path` is None if there is to be none.

    `compiler` is what makes artifacts of a spec: this very compiler, and which of them it was told to leave out.
    """

    path: Path | None
    compiler: str

    def claims(self) -> Mapping[str, Claim]:
        """All that are whole and of this compiler, by what they are of."""
        try:
            with (self.path or Path(os.devnull)).open(encoding="utf-8") as file:
                ours = next(file, "").rstrip("\n") == self.compiler
                return {one.of: one for one in _read(file)} if ours else {}
        except (OSError, UnicodeDecodeError):
            return {}

    def write(self, claims: Iterable[Claim]) -> None:
        """Replace all claims. A file that cannot be written is left as it is."""
        if self.path is None:
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(f"{self.compiler}\n")
                    file.writelines(f"{digest(body)} {body}\n" for body in map(_body, claims))
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise


def ledger(directory: Path | None, out: Path, *, tests: bool) -> Ledger:
    """The ledger of an output directory among those in a directory, with or without tests."""
    if directory is None:
        return Ledger(None, "")
    path = directory / f"{digest(os.path.realpath(out))}.claims"
    return Ledger(path, _compiler() if tests else f"{_compiler()} without tests")


def _body(claim: Claim) -> str:
    artifacts = [_fields(one) for one in claim.artifacts]
    return json.dumps({**_fields(claim), "artifacts": artifacts})


def _fields(one: Claim | Written) -> dict[str, Any]:  # `asdict` takes ten times as long
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _read(lines: Iterable[str]) -> Iterator[Claim]:
    for line in lines:
        checksum, body = line[:_CHECKSUM], line[_CHECKSUM + 1 :].rstrip("\n")
        if checksum == digest(body):
            with suppress(ValueError, TypeError, KeyError, AttributeError):  # somebody else wrote it, with a checksum
                raw = json.loads(body)
                artifacts = tuple(Written(**one) for one in raw.pop("artifacts"))
                yield Claim(**{**raw, "artifacts": artifacts, "place": tuple(raw["place"])})


def _compiler() -> str:
    """Everything that a compilation depends on but for its input: our own source, Python, and the libraries."""
    import sys  # noqa: PLC0415
    from importlib.metadata import distribution  # noqa: PLC0415

    from compiler.resources import TEMPLATES  # noqa: PLC0415

    home = Path(__file__).resolve().parent
    own = sorted(map(str, (*home.rglob("*.py"), *(path for path in TEMPLATES.rglob("*") if path.is_file()))))
    parts = [part for path in own for part in (path.removeprefix(str(home.parent)), Path(path).read_bytes())]
    # Their own words, version and all: to ask for the version reads each of them as a message first.
    packages = (distribution(name).read_text("METADATA") or "" for name in _PACKAGES)
    return digest(sys.version, *packages, *parts)


def recorded(findings: Findings) -> str:
    """What was found, as JSON; "" if nothing was."""
    return _findings().dump_json(findings).decode() if any(findings) else ""


def recalled(text: str) -> Findings:
    """What was found, from its JSON."""
    return _findings().validate_json(text) if text else ((), ())


@cache
def _findings() -> "TypeAdapter[Findings]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to load, and mostly there is nothing to say

    return TypeAdapter(Findings)
