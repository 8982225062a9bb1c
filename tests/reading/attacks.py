"""What can go wrong between a verdict and its reader, and three readers: gate-check.sh and two one-liners.

Each attack says what a reader may conclude. A reader that takes for a pass what is none is fooled.
"""

import gzip
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gate_script import AGE, FAIL, GATE, MET, OWN, PASS, REVISION, SLOW_REGIONS, Run, Script
from reading.certificates import Authority
from stub_prometheus import Answer, Reply, StubPrometheus, scene, vector

Serving = Callable[[], AbstractContextManager[list[str]]]
HOUR = 3600.0
OTHER_REVISION = "fedcba987654"
ONE = str(PASS.body)
_SECONDS = 1.5  # that the one-liners get, which know no time-out
_QUERY = f'gate:overall:pass{{gate="{GATE}"}}'
_ASK = 'curl {} "$1/api/v1/query" --data-urlencode "query=$2" | '
LAST_VALUE = f"""[ "$({_ASK.format("-s")}jq -r '.data.result[0].value[1]')" = 1 ]"""
STRICT = f"""{_ASK.format("-sf")}jq -e '.data.result[0].value[1] == "1"'"""


@dataclass(frozen=True)
class Attack:
    """What goes wrong; the URLs of the replicas while it does; what gate-check.sh must exit with, and say."""

    name: str
    serving: Serving
    code: int
    words: str


@dataclass(frozen=True)
class Outcome:
    """What the readers did: the run of gate-check.sh, and how the one-liners ended (None: they hang)."""

    script: Run
    last_value: int | None
    strict: int | None


def serve(answer: Answer, ahead: float = 0) -> Serving:
    """One Prometheus."""

    @contextmanager
    def serving() -> Iterator[list[str]]:
        with StubPrometheus(answer, ahead) as prometheus:
            yield [prometheus.url]

    return serving


def replicas(*answers: Answer) -> Serving:
    """Several of them."""

    @contextmanager
    def serving() -> Iterator[list[str]]:
        with ExitStack() as stack:
            yield [stack.enter_context(StubPrometheus(answer)).url for answer in answers]

    return serving


def says(reply: Reply) -> Serving:
    """A Prometheus that answers this to whoever asks for the verdict."""
    return serve(scene(reply, vector(AGE, MET)))


def recorded(value: str = "1", *, revision: str = REVISION, age: float = 12) -> Answer:
    """A healthy Prometheus that holds one verdict, of a revision and an age (seconds), and answers as PromQL would."""
    verdict = {**OWN, "revision": revision}

    def answer(query: str) -> Reply:
        if "__name__" in query:
            return vector(({"gate": GATE, "revision": revision}, f"{age}"), MET)
        asked = REVISION if "revision=" in query else revision
        fresh = "timestamp(" not in query or age <= 120
        return vector((verdict, value)) if asked == revision and fresh and "over_time" not in query else vector()

    return answer


@contextmanager
def gone() -> Iterator[list[str]]:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield [f"http://127.0.0.1:{taken.getsockname()[1]}"]


@contextmanager
def mute() -> Iterator[list[str]]:
    """A server that takes the connection and the request, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield [f"http://127.0.0.1:{server.getsockname()[1]}"]


@contextmanager
def black_hole() -> Iterator[list[str]]:
    """A server whose queue of connections is full, so that a connection is never made."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)  # noqa: FBT003  the name of the socket library
            filling.connect_ex(server.getsockname())
        yield [f"http://127.0.0.1:{server.getsockname()[1]}"]


@contextmanager
def untrusted() -> Iterator[list[str]]:
    """A server with a certificate of an authority that nobody knows."""
    with tempfile.TemporaryDirectory() as directory:
        context = Authority(Path(directory)).server()
        with StubPrometheus(scene(PASS), tls=context) as prometheus:
            yield [prometheus.url]


@contextmanager
def redirected() -> Iterator[list[str]]:
    """A server that sends its readers to another, which passes."""
    with (
        StubPrometheus(recorded()) as other,
        StubPrometheus(scene(Reply("", 302, {"Location": f"{other.url}/api/v1/query"}))) as prometheus,
    ):
        yield [prometheus.url]


_SQUEEZED = Reply(gzip.compress(ONE.encode()), headers={"Content-Encoding": "gzip"})
_PAGE = Reply("<html><title>Sign in</title>1</html>", headers={"Content-Type": "text/html"})
_ODD = ("NaN", "+Inf", "0.5", "2", "1.0", "01", "1e0")

CONTROLS = (
    Attack("nothing is wrong: the gate passes", serve(recorded()), 0, "all 4 criteria pass"),
    Attack(
        "nothing is wrong: a label was added on the way",
        says(vector(({**OWN, "replica": "a"}, "1"))),
        0,
        "PASS: Sample",
    ),
    Attack("the gate fails", serve(scene(FAIL, vector(*SLOW_REGIONS))), 1, "1 of 4 criteria do not pass"),
)
CONNECTION = (
    Attack("the server is down", gone, 3, "is Prometheus up, and are the URL and the proxy right?"),
    Attack("no connection comes about", black_hole, 3, "no complete answer in time ("),
    Attack("the headers never come", mute, 3, "no complete answer in time (Operation timed out"),
    Attack("the body trickles", says(replace(PASS, drip=1)), 3, "is Prometheus overloaded, or a firewall between?"),
    Attack(
        "the connection breaks in the answer",
        says(Reply(ONE, headers={"Content-Length": "100000"}, announced=False)),
        3,
        "no answer (",
    ),
    Attack("the certificate is of an unknown authority", untrusted, 3, "give the authority in PROMETHEUS_CA_FILE"),
)
ANSWER = (
    Attack("HTTP 500 with the body of a pass", says(Reply(ONE, 500)), 3, "HTTP 500; is this the URL of Prometheus"),
    Attack("HTTP 503 with a page", says(replace(_PAGE, status=503)), 3, "HTTP 503; is this the URL of Prometheus"),
    Attack("HTTP 404", says(Reply("404 page not found", 404)), 3, "HTTP 404; is this the URL of Prometheus"),
    Attack("HTTP 401", says(Reply("Unauthorized", 401)), 3, "not let in; check the token or the password"),
    Attack("HTTP 302 to a server that passes", redirected, 3, "a redirect, which is not followed; give the final URL"),
    Attack("HTTP 200 with nothing", says(Reply("")), 3, "no complete JSON; is this the URL of Prometheus?"),
    Attack("HTTP 200 with a login page", says(_PAGE), 3, "no complete JSON; is this the URL of Prometheus?"),
    Attack("truncated JSON", says(Reply(ONE[:-2])), 3, "no complete JSON"),
    Attack("something after the JSON", says(Reply(ONE + "<!-- proxy -->")), 3, "no complete JSON"),
    Attack("JSON nested without end", says(Reply("[" * 100_000)), 3, "no complete JSON"),
    Attack("gzip that nobody asked for", says(_SQUEEZED), 3, "no complete JSON"),
    Attack("another server's JSON", says(Reply('{"status":"UP"}')), 3, "the answer has status UP"),
    Attack("status error, with data", says(Reply(ONE.replace("success", "error"))), 3, "the answer has status error"),
    Attack(
        "a warning of a store that is down", says(vector((OWN, "1"), warnings=["store b is down"])), 3, "store b is"
    ),
    Attack("a partial response", says(vector((OWN, "1"), isPartial=True)), 3, "the answer may be partial; look at"),
    Attack("a range instead of a moment", says(Reply(ONE.replace("vector", "matrix"))), 3, "not an instant vector"),
    Attack("the verdict is a JSON number", says(Reply(ONE.replace('"1"', "1"))), 3, "not an instant vector"),
    *(
        Attack(f"the verdict is {value}", says(vector((OWN, value))), 3, f"neither 0 nor 1: {value}\n")
        for value in _ODD
    ),
)
SERIES = (
    Attack(
        "the rules are not loaded", serve(scene(vector())), 3, "the rules are not loaded or not evaluated; load them"
    ),
    Attack(
        "the rules are of another commit",
        serve(recorded(revision=OTHER_REVISION)),
        3,
        "load the rules of this commit and reload Prometheus",
    ),
    Attack(
        "the rule is no longer evaluated", serve(recorded(age=185)), 3, "the verdict is stale, it was written 3m ago"
    ),
    Attack(
        "two series of a pair of servers, the first passes",
        says(vector(({**OWN, "replica": "a"}, "1"), ({**OWN, "replica": "b"}, "0"))),
        3,
        "2 series answer where there is one; which label tells them apart?",
    ),
    Attack("the same series twice", says(vector((OWN, "1"), (OWN, "1"))), 3, "2 series answer where there is one"),
    Attack("another gate's series", says(vector(({**OWN, "gate": "other"}, "1"))), 3, "is about something else"),
    Attack("a series without labels", says(vector(({}, "1"))), 3, "the answer is about something else"),
    Attack("an answer of an hour ago, from a cache", serve(recorded(), ahead=-HOUR), 3, "a cache answered, or one of"),
)
REPLICAS = (
    Attack("two replicas agree", replicas(recorded(), recorded()), 0, "all 4 criteria pass"),
    Attack("the second replica fails", replicas(recorded(), scene(FAIL)), 1, "says fail"),
    Attack("the second replica is ill", replicas(recorded(), scene(Reply("", 502))), 3, "HTTP 502"),
    Attack("the second replica is stale", replicas(recorded(), recorded(age=200)), 3, "the verdict is stale"),
    Attack(
        "the second replica has the rules of another commit",
        replicas(recorded(), recorded(revision=OTHER_REVISION)),
        3,
        f"the rules are of revision {OTHER_REVISION}",
    ),
)
ATTACKS = {
    "No fault": CONTROLS,
    "The connection": CONNECTION,
    "The answer": ANSWER,
    "The series": SERIES,
    "Replicas": REPLICAS,
}


def outcome(attack: Attack, script: Script) -> Outcome:
    """Let all three readers read under attack. The one-liners ask the first replica, as they know of no other."""
    with attack.serving() as urls, _started(LAST_VALUE, urls[0]) as last_value, _started(STRICT, urls[0]) as strict:
        deadline = time.monotonic() + _SECONDS
        ran = script.run(*(part for url in urls for part in ("--prometheus", url)))
        return Outcome(ran, _ended(last_value, deadline), _ended(strict, deadline))


@contextmanager
def _started(command: str, url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        ["sh", "-c", command, "sh", url, _QUERY],
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ended(process: "subprocess.Popen[bytes]", deadline: float) -> int | None:
    try:
        return process.wait(max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        return None
