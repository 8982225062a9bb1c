"""What a Prometheus server answers, by its HTTP API. The only network.

It is believed as little as gate-check.sh believes it: no redirects, which would carry a token elsewhere, no partial
answers, a limit in time and size. https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import base64
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final

TIMEOUT: Final = 60.0  # seconds for one answer
_LARGEST: Final = 256 << 20  # bytes of one answer
_CHUNK: Final = 1 << 20
_MOST_POINTS: Final = 11_000  # of a series in a range query, as Prometheus allows
_UNAUTHORIZED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class PrometheusError(Exception):
    """Why there is no answer, and what to do about it. The text fits into one line."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in, as which tenant of a shared store, and whom to trust. The first two texts are secrets."""

    bearer: str = field(default="", repr=False)
    basic: str = field(default="", repr=False)  # user:password
    ca_file: str = ""
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and (Unix time, value) in order of time."""

    labels: Mapping[str, str]
    samples: Sequence[tuple[float, float]]


def login(environ: Mapping[str, str]) -> Login:
    """What the environment says, in the words of gate-check.sh. Raises PrometheusError if a file cannot be read."""
    return Login(
        _secret(environ, "PROMETHEUS_BEARER_TOKEN"),
        _secret(environ, "PROMETHEUS_BASIC_AUTH"),
        environ.get("PROMETHEUS_CA_FILE", ""),
        _tenant(environ.get("PROMETHEUS_TENANT", "")),
    )


def _tenant(name: str) -> str:
    if not name.isprintable() or '"' in name or "\\" in name:
        raise PrometheusError("PROMETHEUS_TENANT has quotes or control characters")
    return name


def _secret(environ: Mapping[str, str], name: str) -> str:
    path = environ.get(f"{name}_FILE")
    if not path:
        return environ.get(name, "")
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise PrometheusError(f"the file of {name}_FILE cannot be read: {_reason(error)}") from None
    if not secret or "\n" in secret:
        raise PrometheusError(f"the file of {name}_FILE must hold one line")
    return secret


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """See urllib: None means that the redirect is an error."""


class Prometheus:
    """A server. Every method raises PrometheusError if it has no whole and good answer in time."""

    def __init__(self, url: str, login: Login, timeout: float = TIMEOUT) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise PrometheusError("the URL of Prometheus is http:// or https://, without query and fragment")
        user = f"{urllib.parse.unquote(parts.username or '')}:{urllib.parse.unquote(parts.password or '')}"
        self._login = replace(login, basic=login.basic or (user if parts.username else ""))
        self._base = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirect, _https(login.ca_file))

    @property
    def name(self) -> str:
        """The URL without what is secret."""
        return self._base

    def label_values(self, label: str, selector: str, start: float, end: float) -> tuple[str, ...]:
        """The values that a label has in the series of a selector between two times, sorted."""
        data = self._get(f"label/{label}/values", {"match[]": selector, "start": start, "end": end})
        if not isinstance(data, list) or not all(isinstance(value, str) for value in data):
            raise self._odd("a list of label values")
        return tuple(sorted(data))

    def samples(self, selector: str, start: float, end: float, most: float) -> tuple[Series, ...]:
        """The samples of a selector as they were written after `start` until `end`, asked for in steps of `most`.

        Each series of the answer is whole, whatever the steps.
        """
        found: dict[frozenset[tuple[str, str]], dict[float, float]] = {}
        for first, last in _steps(start, end, most):
            query = f"{selector}[{round((last - first) * 1000)}ms]"
            for series in self._matrix("query", {"query": query, "time": last}):
                known = found.setdefault(frozenset(series.labels.items()), {})
                known.update((at, value) for at, value in series.samples if start < at <= end)
        return tuple(Series(dict(labels), sorted(known.items())) for labels, known in sorted(found.items(), key=repr))

    def range(self, expr: str, start: float, end: float, step: float) -> tuple[Series, ...]:
        """The values of an expression at `start`, `start + step`, … until `end`, in as few queries as are allowed."""
        found: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
        first = start
        while first <= end:
            last = min(end, first + (_MOST_POINTS - 1) * step)
            for series in self._matrix("query_range", {"query": expr, "start": first, "end": last, "step": step}):
                found.setdefault(frozenset(series.labels.items()), []).extend(series.samples)
            first += _MOST_POINTS * step
        return tuple(Series(dict(labels), samples) for labels, samples in sorted(found.items(), key=repr))

    def instant(self, expr: str, at: float | None = None) -> tuple[Series, ...]:
        """The vector that an expression gives, now or at a time: of each series one sample, at that time."""
        data = self._get("query", {"query": expr, **_moment(at)})
        try:
            if data["resultType"] != "vector":
                raise self._odd("a vector")
            rows = [(row["metric"], row["value"]) for row in data["result"]]
            return tuple(Series(dict(labels), [(float(time), float(value))]) for labels, (time, value) in rows)
        except (KeyError, TypeError, ValueError):
            raise self._odd("a vector") from None

    def samples_read(self, expr: str, at: float | None = None) -> int:
        """How many samples an expression reads, as the server counts them (`totalQueryableSamples`)."""
        data = self._get("query", {"query": expr, "stats": "all", **_moment(at)})
        try:
            return int(data["stats"]["samples"]["totalQueryableSamples"])
        except (KeyError, TypeError, ValueError):
            raise self._odd("the number of samples") from None

    def _matrix(self, endpoint: str, parameters: Mapping[str, str | float]) -> Iterator[Series]:
        data = self._get(endpoint, parameters)
        try:
            if data["resultType"] != "matrix":
                raise self._odd("a matrix")
            for row in data["result"]:
                labels = {str(name): str(value) for name, value in row["metric"].items()}
                yield Series(labels, [(float(at), float(value)) for at, value in row["values"]])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._odd("a matrix") from None

    def _get(self, endpoint: str, parameters: Mapping[str, str | float]) -> Any:  # noqa: ANN401 - JSON of any shape
        """The `data` of an endpoint."""
        status, body = self._fetch(endpoint, urllib.parse.urlencode(parameters))
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise PrometheusError(f"{self.name} answers HTTP {status} without JSON; is this the URL of Prometheus?")
        if status != HTTPStatus.OK or document.get("status") != "success":
            raise PrometheusError(f"{self.name} answers HTTP {status}: {document.get('error', 'without a reason')}")
        if document.get("warnings") or document.get("isPartial"):
            raise PrometheusError(f"{self.name} gives a partial answer: {document.get('warnings', 'it says')}")
        return document.get("data")

    def _fetch(self, endpoint: str, query: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"{self._base}/api/v1/{endpoint}?{query}", headers=self._headers())  # noqa: S310 - http or https, checked above
        deadline = time.monotonic() + self._timeout
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return response.status, self._read(response, deadline)
        except urllib.error.HTTPError as error:
            with error:
                return self._refused(error, deadline)
        except (OSError, HTTPException) as error:
            raise PrometheusError(f"{self.name} does not answer: {_reason(error)}") from None

    def _refused(self, error: urllib.error.HTTPError, deadline: float) -> tuple[int, bytes]:
        """What came with a status that is no success: Prometheus says in the body what it does not like."""
        if error.code in _UNAUTHORIZED:
            raise PrometheusError(f"{self.name} answers HTTP {error.code}: not let in; check the token or the password")
        if HTTPStatus.MULTIPLE_CHOICES <= error.code < HTTPStatus.BAD_REQUEST:
            raise PrometheusError(f"{self.name} answers HTTP {error.code}, a redirect; give the final URL")
        try:
            return error.code, self._read(error.fp, deadline) if isinstance(error.fp, HTTPResponse) else b""
        except (OSError, HTTPException):
            return error.code, b""

    def _read(self, response: HTTPResponse, deadline: float) -> bytes:
        body = bytearray()
        while chunk := response.read1(_CHUNK):  # read() would wait for all of a body that trickles
            body += chunk
            if len(body) > _LARGEST:
                raise PrometheusError(f"{self.name} answers with more than {_LARGEST >> 20} MiB; ask for fewer days")
            if time.monotonic() > deadline:
                raise PrometheusError(f"{self.name} gives no whole answer within {self._timeout:g}s")
        return bytes(body)

    def _headers(self) -> dict[str, str]:
        headers = {"X-Scope-OrgID": self._login.tenant} if self._login.tenant else {}
        if self._login.bearer:
            headers["Authorization"] = f"Bearer {self._login.bearer}"
        elif self._login.basic:
            headers["Authorization"] = f"Basic {base64.b64encode(self._login.basic.encode()).decode()}"
        return headers

    def _odd(self, wanted: str) -> PrometheusError:
        return PrometheusError(f"{self.name} does not answer with {wanted}; is this the URL of Prometheus?")


def _https(ca_file: str) -> urllib.request.HTTPSHandler:
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise PrometheusError(f"the file of PROMETHEUS_CA_FILE cannot be used: {_reason(error)}") from None
    return urllib.request.HTTPSHandler(context=context)


def _moment(at: float | None) -> dict[str, str]:
    return {} if at is None else {"time": f"{at:.3f}"}


def _steps(start: float, end: float, most: float) -> Iterator[tuple[float, float]]:
    """A time in equal parts of at most `most`."""
    while start < end:
        yield start, min(end, start + most)
        start += most


def _reason(error: Exception) -> str:
    """What the operating system or the library says, in one line."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    words = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return " ".join(str(words).split())
