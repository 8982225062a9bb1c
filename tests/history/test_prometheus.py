"""The reader of Prometheus' API: what is whole and good is read, and nothing else is."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from reading.attacks import ANSWER, CONNECTION, Attack
from reading.certificates import Authority
from stub_prometheus import Answer, Reply, StubPrometheus

from compiler.prometheus import Login, Prometheus, PrometheusError, Series, login

PATIENCE = 1.0  # seconds
SECRET = "s3cr3t"
STATE = "gate:overall:state"


def matrix(*series: tuple[Mapping[str, str], Sequence[tuple[float, str]]], **more: object) -> Reply:
    """A good answer with these series."""
    result = [{"metric": dict(labels), "values": [list(one) for one in values]} for labels, values in series]
    return Reply(json.dumps({"status": "success", **more, "data": {"resultType": "matrix", "result": result}}))


def always(reply: Reply) -> Answer:
    """The same to every question."""
    return lambda _: reply


def ask(url: str, known: Login | None = None) -> tuple[Series, ...]:
    """The samples of an hour."""
    return Prometheus(url, known or Login(), PATIENCE).samples(STATE, 0, 3600, 3600)


@pytest.mark.parametrize("attack", [*CONNECTION, *ANSWER], ids=lambda attack: attack.name)
def test_what_is_no_whole_and_good_answer_is_an_error(attack: Attack) -> None:
    """The faults that gate-check.sh withstands; the error is one line, and says who did not answer."""
    with attack.serving() as (url,), pytest.raises(PrometheusError) as error:
        ask(url)

    assert str(error.value).startswith(url)
    assert "\n" not in str(error.value)


SAID: dict[str, tuple[Reply, str]] = {
    "a bad query": (
        Reply('{"status":"error","errorType":"bad_data","error":"1:1: parse error"}', 400),
        "answers HTTP 400: 1:1: parse error",
    ),
    "401": (Reply("", 401), "answers HTTP 401: not let in; check the token or the password"),
    "301": (Reply("", 301, {"Location": "http://127.0.0.1:9"}), "answers HTTP 301, a redirect; give the final URL"),
    "503": (Reply("Service Unavailable", 503), "answers HTTP 503 without JSON; is this the URL of Prometheus?"),
    "a page": (Reply("<html>"), "answers HTTP 200 without JSON; is this the URL of Prometheus?"),
    "a store is down": (matrix(warnings=["store b is down"]), "gives a partial answer: ['store b is down']"),
    "partial": (matrix(isPartial=True), "gives a partial answer: it says"),
    "a trickle": (Reply("x" * 100, drip=0.3), "gives no whole answer within 1s"),
    "no numbers": (matrix(({}, [(1, "one")])), "does not answer with a matrix; is this the URL of Prometheus?"),
    "no pairs": (
        Reply('{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[1]}]}}'),
        "does not answer with a matrix",
    ),
}


@pytest.mark.parametrize("title", SAID)
def test_the_error_says_what_to_do(title: str) -> None:
    """In the words of the server, where it has any."""
    reply, words = SAID[title]
    with StubPrometheus(always(reply)) as server, pytest.raises(PrometheusError) as error:
        ask(server.url)

    assert words in str(error.value)


def test_a_server_that_is_not_there_is_named() -> None:
    """With what the operating system says, and without the password."""
    with pytest.raises(PrometheusError, match=r"^http://127\.0\.0\.1:1 does not answer: Connection refused$"):
        ask(f"http://ci:{SECRET}@127.0.0.1:1")


@pytest.mark.parametrize("url", ["127.0.0.1:9090", "file:///etc/passwd", "http://", "http://x/?a=b", "http://x/#y"])
def test_only_a_web_address_is_asked(url: str) -> None:
    """Anything else is told before."""
    with pytest.raises(PrometheusError, match="the URL of Prometheus is http:// or https://"):
        Prometheus(url, Login())


def test_long_times_are_asked_for_in_parts() -> None:
    """And each sample is there once, although ranges of Prometheus 2 are closed on both sides."""
    wanted = [(100.0 * n, "0") for n in range(11)]

    def answer(query: str) -> Reply:
        seconds = int(query.removeprefix(f"{STATE}[").removesuffix("ms]")) / 1000
        parts.append(seconds)
        return matrix(({"gate": "a"}, wanted[max(0, 4 * (len(parts) - 1)) : 4 * len(parts) + 1]))

    parts: list[float] = []
    with StubPrometheus(answer) as server:
        (series,) = Prometheus(server.url, Login()).samples(STATE, 0, 1000, 400)
        paths = [request.path for request in server.requests]

    assert parts == [400, 400, 200]
    assert [path.rpartition("time=")[2] for path in paths] == ["400", "800", "1000"]
    assert series == Series({"gate": "a"}, [(at, 0.0) for at, _ in wanted[1:]])


def test_more_points_than_a_range_query_gives_are_asked_for_in_parts() -> None:
    """11,000 at a time, without a hole between the parts and without a point twice."""
    with StubPrometheus(always(matrix(({"a": "b"}, [(1.0, "1")])))) as server:
        found = Prometheus(server.url, Login()).range("up", 0, 30 * 25_000, 30)
        asked = [dict(part.split("=") for part in one.path.partition("?")[2].split("&")) for one in server.requests]

    assert found == (Series({"a": "b"}, [(1.0, 1.0)] * 3),)
    assert [(float(one["start"]), float(one["end"])) for one in asked] == [
        (0, 329_970),
        (330_000, 659_970),
        (660_000, 750_000),
    ]


def test_the_values_of_a_label() -> None:
    """Sorted; anything else than texts is refused."""
    body = '{"status":"success","data":["b","a"]}'
    with StubPrometheus(always(Reply(body))) as server:
        assert Prometheus(server.url, Login()).label_values("gate", "up", 0, 1) == ("a", "b")
    with StubPrometheus(always(Reply(body.replace('"b"', "7")))) as server, pytest.raises(PrometheusError):
        Prometheus(server.url, Login()).label_values("gate", "up", 0, 1)


# logging in

BASIC = "Basic Y2k6czNjcjN0"  # ci:s3cr3t
LOGINS: dict[str, tuple[Callable[[Path], Mapping[str, str]], str | None]] = {
    "nothing": (lambda _: {}, None),
    "a token": (lambda _: {"PROMETHEUS_BEARER_TOKEN": SECRET}, f"Bearer {SECRET}"),
    "a file": (lambda path: {"PROMETHEUS_BEARER_TOKEN_FILE": str(path)}, f"Bearer {SECRET}"),
    "a password": (lambda _: {"PROMETHEUS_BASIC_AUTH": f"ci:{SECRET}"}, BASIC),
    "the file, and not the variable": (
        lambda path: {"PROMETHEUS_BEARER_TOKEN_FILE": str(path), "PROMETHEUS_BEARER_TOKEN": "old"},
        f"Bearer {SECRET}",
    ),
}


@pytest.mark.parametrize("title", LOGINS)
def test_logins_are_those_of_gate_check(tmp_path: Path, title: str) -> None:
    """The same variables; a secret is in no text that anybody sees."""
    (tmp_path / "token").write_text(f"{SECRET}\n")
    environ, header = LOGINS[title]
    known = login(environ(tmp_path / "token"))
    with StubPrometheus(always(matrix())) as server:
        ask(server.url, known)

    assert server.requests[0].headers.get("Authorization") == header
    assert SECRET not in repr(known)


def test_a_tenant_is_named_in_each_request() -> None:
    """As gate-check.sh does; without one, there is no such header."""
    with StubPrometheus(always(matrix())) as server:
        for environ in ({"PROMETHEUS_TENANT": "team-a", "PROMETHEUS_BEARER_TOKEN": SECRET}, {}):
            ask(server.url, login(environ))

    sent = [{name.lower(): value for name, value in request.headers.items()} for request in server.requests]
    assert [headers.get("x-scope-orgid") for headers in sent] == ["team-a", None]
    assert server.requests[0].headers["Authorization"] == f"Bearer {SECRET}"
    with pytest.raises(PrometheusError, match=r"^PROMETHEUS_TENANT has quotes or control characters$"):
        login({"PROMETHEUS_TENANT": "a\nX-Other: b"})


def test_a_login_in_the_url_is_one() -> None:
    """It goes into the header, and is not in the name."""
    with StubPrometheus(always(matrix())) as server:
        prometheus = Prometheus(server.url.replace("//", f"//ci:{SECRET}@"), Login())
        prometheus.samples(STATE, 0, 1, 1)

    assert prometheus.name == server.url
    assert server.requests[0].headers["Authorization"] == BASIC


@pytest.mark.parametrize("content", ["", "two\nlines\n", None])
def test_a_secret_that_cannot_be_read_is_told(tmp_path: Path, content: str | None) -> None:
    """By the name of its variable."""
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)

    with pytest.raises(PrometheusError, match=r"^the file of PROMETHEUS_BEARER_TOKEN_FILE "):
        login({"PROMETHEUS_BEARER_TOKEN_FILE": str(path)})


def test_a_private_authority_is_trusted_if_it_is_named(tmp_path: Path) -> None:
    """And no other; a file that is none is told."""
    authority = Authority(tmp_path)
    with StubPrometheus(always(matrix()), tls=authority.server()) as server:
        assert ask(server.url, login({"PROMETHEUS_CA_FILE": str(authority.file)})) == ()
        with pytest.raises(PrometheusError, match=r"does not answer: .*certificate verify failed"):
            ask(server.url)
    with pytest.raises(PrometheusError, match=r"^the file of PROMETHEUS_CA_FILE cannot be used: No such file"):
        ask(server.url, login({"PROMETHEUS_CA_FILE": str(tmp_path / "none")}))


VECTOR = {"resultType": "vector", "result": [{"metric": {"job": "a"}, "value": [12.5, "3"]}]}
STATS = {"samples": {"totalQueryableSamples": 42}}


def vector_of(data: object) -> Reply:
    """A good answer with this data."""
    return Reply(json.dumps({"status": "success", "data": data}))


def test_a_vector_and_what_it_costs() -> None:
    """The elements with the time of the query, and the samples that the server counted."""
    with StubPrometheus(always(vector_of({**VECTOR, "stats": STATS}))) as stub:
        server = Prometheus(stub.url, Login(), PATIENCE)

        assert server.instant("up", 12.5) == (Series({"job": "a"}, [(12.5, 3.0)]),)
        assert server.samples_read("up") == 42


@pytest.mark.parametrize(
    "data",
    [None, [], {"resultType": "matrix", "result": []}, {"resultType": "vector", "result": [{}]}, VECTOR],
    ids=str,
)
def test_another_answer_is_neither_a_vector_nor_a_cost(data: object) -> None:
    """What has another shape is an error (the last is a vector, without its cost)."""
    with StubPrometheus(always(vector_of(data))) as stub:
        server = Prometheus(stub.url, Login(), PATIENCE)

        with pytest.raises(PrometheusError, match="is this the URL of Prometheus"):
            server.samples_read("up")
        if data is not VECTOR:
            with pytest.raises(PrometheusError, match="a vector"):
                server.instant("up")
