"""gate-check.sh through TLS, logins and proxies, as they should be and as they should not."""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gate_script import FAIL, PASS, Script
from reading.attacks import HOUR, recorded
from reading.certificates import Authority
from stub_prometheus import Answer, Reply, Request, StubPrometheus, StubPrometheus6, scene

SECRET = "s3cr3t-t0ken"


def test_a_private_authority_is_trusted_by_its_file(script: Script, authority: Authority) -> None:
    """With the right PROMETHEUS_CA_FILE the answer is read; without it, or with another, it is not."""
    other = Authority(script.path.parent / "other")
    with StubPrometheus(scene(PASS), tls=authority.server()) as prometheus:
        url = prometheus.url
        trusted = script.run("--prometheus", url, PROMETHEUS_CA_FILE=str(authority.file))
        unknown = [script.run("--prometheus", url), script.run("--prometheus", url, PROMETHEUS_CA_FILE=str(other.file))]

    assert trusted.code == 0, trusted
    for ran in unknown:
        assert ran.code == 3
        assert "give the authority in PROMETHEUS_CA_FILE" in ran.out


@pytest.mark.parametrize(("host", "days", "words"), [("IP:127.0.0.1", -1, "expired"), ("DNS:other", 2, "127.0.0.1")])
def test_a_bad_certificate_is_refused(script: Script, authority: Authority, host: str, days: int, words: str) -> None:
    """One that has expired, or is for another host, is exit 3, and the words of curl say which."""
    with StubPrometheus(scene(PASS), tls=authority.server(host, days)) as prometheus:
        ran = script.run("--prometheus", prometheus.url, PROMETHEUS_CA_FILE=str(authority.file))

    assert ran.code == 3
    assert words in ran.out
    assert "check that the certificate is valid now and for this host" in ran.out


def test_https_and_http_are_not_the_same(script: Script, authority: Authority) -> None:
    """Either of them where the other is spoken is exit 3."""
    with StubPrometheus(scene(PASS)) as plain, StubPrometheus(scene(PASS), tls=authority.server()) as secure:
        mixed = [
            script.run("--prometheus", plain.url.replace("http:", "https:")),
            script.run("--prometheus", secure.url.replace("https:", "http:")),
        ]

    for ran in mixed:
        assert ran.code == 3
        assert "is Prometheus up, and are the URL and the proxy right?" in ran.out


def test_an_authority_that_cannot_be_read_is_wrong_usage(script: Script) -> None:
    """A PROMETHEUS_CA_FILE that is not there is exit 2."""
    ran = script.run("--prometheus=https://x", PROMETHEUS_CA_FILE="/nonexistent/ca.pem")

    assert ran.code == 2
    assert "PROMETHEUS_CA_FILE names cannot be read" in ran.err


@contextmanager
def guarded(expected: str) -> Iterator[StubPrometheus]:
    """A Prometheus that lets nobody in without this Authorization."""
    requests: list[Request] = []

    def answer(_query: str) -> Reply:
        given = requests[-1].headers.get("Authorization")
        return PASS if given == expected else Reply("Unauthorized", 401)

    with StubPrometheus(answer) as prometheus:
        requests = prometheus.requests
        yield prometheus


LOGINS: dict[str, tuple[str, Callable[[str], str]]] = {
    "BEARER_TOKEN": (SECRET, lambda secret: f"Bearer {secret}"),
    "BASIC_AUTH": (f"ci:{SECRET}", lambda secret: "Basic " + base64.b64encode(secret.encode()).decode()),
}


@pytest.mark.parametrize("kind", LOGINS)
def test_logins(script: Script, tmp_path: Path, kind: str) -> None:
    """The right secret, from a file or the environment, is let in; a wrong one is told so, once, and never shown."""
    secret, header = LOGINS[kind]
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(secret + "\n")
    wrong.write_text(f"{secret}x")
    with guarded(header(secret)) as prometheus:
        passed = [
            script.run("--prometheus", prometheus.url, shell=None, **{f"PROMETHEUS_{kind}_FILE": str(right)}),
            script.run("--prometheus", prometheus.url, shell=None, **{f"PROMETHEUS_{kind}": secret}),
        ]
        before = len(prometheus.requests)
        refused = script.run("--prometheus", prometheus.url, shell=None, **{f"PROMETHEUS_{kind}_FILE": str(wrong)})
        asked = len(prometheus.requests) - before

    assert [ran.code for ran in passed] == [0, 0]
    assert (refused.code, asked) == (3, 1)
    assert "HTTP 401: not let in; check the token or the password" in refused.out
    assert SECRET not in refused.out + refused.err


def test_a_tenant_asks_for_its_own_verdict(script: Script) -> None:
    """A store that many share answers each tenant with the tenant's own series, and nobody without one."""
    requests: list[Request] = []
    answers = {"team-a": scene(PASS), "team b|c": scene(FAIL)}

    def answer(query: str) -> Reply:
        tenant = requests[-1].headers.get("X-Scope-OrgID", "")
        return answers[tenant](query) if tenant in answers else Reply("no org id", 401)

    with StubPrometheus(answer) as prometheus:
        requests = prometheus.requests
        codes = {
            tenant: script.run("--prometheus", prometheus.url, PROMETHEUS_TENANT=tenant).code
            for tenant in ("team-a", "team b|c", "other", "")
        }

    assert codes == {"team-a": 0, "team b|c": 1, "other": 3, "": 3}


@pytest.mark.parametrize("tenant", ['a"', "a\\", 'a\nurl = "http://evil"'])
def test_no_tenant_becomes_an_option_of_curl(script: Script, tenant: str) -> None:
    """Quotes and line breaks would end the header."""
    with StubPrometheus(scene(PASS)) as prometheus:
        ran = script.run("--prometheus", prometheus.url, PROMETHEUS_TENANT=tenant)

    assert ran.code == 2
    assert "PROMETHEUS_TENANT has quotes or control characters" in ran.err
    assert not prometheus.requests


def test_basic_auth_without_a_password_does_not_wait_for_one(script: Script) -> None:
    """Curl would ask at the terminal for the password that is missing; that is wrong usage."""
    ran = script.run("--prometheus=http://x", PROMETHEUS_BASIC_AUTH="ci")

    assert ran.code == 2
    assert "user:password" in ran.err


def test_a_proxy_is_used_and_may_be_avoided(script: Script) -> None:
    """http_proxy is asked for the whole URL, and no_proxy names what is asked directly."""
    with StubPrometheus(scene(PASS)) as prometheus, StubPrometheus(scene(PASS)) as proxy:
        through = script.run("--prometheus", "http://prometheus.internal:9090", http_proxy=proxy.url)
        direct = script.run("--prometheus", prometheus.url, http_proxy=proxy.url, no_proxy="127.0.0.1")

    assert (through.code, direct.code) == (0, 0)
    assert {request.path for request in proxy.requests} == {"http://prometheus.internal:9090/api/v1/query"}
    assert len(prometheus.requests) == len(proxy.requests)


BAD_PROXIES: dict[str, tuple[Answer | None, str]] = {
    "wants a login": (scene(Reply("", 407)), "the proxy lets nobody in; check http_proxy, https_proxy and no_proxy"),
    "cannot reach the server": (
        scene(Reply("<html>", 502)),
        "HTTP 502; is this the URL of Prometheus, and is it well?",
    ),
    "is not there": (None, "are the URL and the proxy right?"),
}


@pytest.mark.parametrize("name", BAD_PROXIES)
def test_a_bad_proxy_is_no_verdict(script: Script, name: str) -> None:
    """Whatever a proxy says for itself is exit 3; a password in its URL is not shown."""
    answer, words = BAD_PROXIES[name]
    with StubPrometheus(answer or scene(PASS)) as proxy:
        url = proxy.url
        if answer:
            ran = script.run("--prometheus=http://prometheus.internal", http_proxy=url.replace("//", f"//u:{SECRET}@"))
    if not answer:
        ran = script.run("--prometheus=http://prometheus.internal", http_proxy=url.replace("//", f"//u:{SECRET}@"))

    assert ran.code == 3
    assert words in ran.out
    assert SECRET not in ran.out + ran.err


@contextmanager
def tunnel() -> Iterator[tuple[str, list[str]]]:
    """A proxy for HTTPS: its URL, and the hosts that it was asked to connect to."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_connect_all, args=(server, asked), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)


def _connect_all(server: socket.socket, asked: list[str]) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        target = client.recv(4096).split()[1].decode()
        asked.append(target)
        host, _, port = target.rpartition(":")
        upstream = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, sink in ((client, upstream), (upstream, client)):
            threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_https_goes_through_a_tunnel(script: Script, authority: Authority) -> None:
    """https_proxy connects to the server, whose certificate is still checked."""
    with StubPrometheus(scene(PASS), tls=authority.server()) as prometheus, tunnel() as (proxy, asked):
        passed = script.run("--prometheus", prometheus.url, https_proxy=proxy, PROMETHEUS_CA_FILE=str(authority.file))
        unknown = script.run("--prometheus", prometheus.url, https_proxy=proxy)

    assert (passed.code, unknown.code) == (0, 3), passed
    assert {f"https://{host}" for host in asked} == {prometheus.url}


def test_ipv6(script: Script) -> None:
    """An address in brackets is asked, and shown as it was given."""
    try:
        with StubPrometheus6(scene(PASS)) as prometheus:
            ran = script.run("--prometheus", prometheus.url)
    except OSError:
        pytest.skip("this machine has no ::1")

    assert ran.code == 0
    assert f"{prometheus.url} says pass" in ran.out


@pytest.mark.parametrize(("ahead", "code"), [(60, 0), (-60, 0), (HOUR, 3), (-HOUR, 3)])
def test_clocks_may_differ_a_little(script: Script, ahead: float, code: int) -> None:
    """Ages are told by the server's clock alone; more than --max-age apart, an answer may be out of a cache."""
    with StubPrometheus(recorded(), ahead) as prometheus:
        ran = script.run("--prometheus", prometheus.url)
        patient = script.run("--prometheus", prometheus.url, "--max-age=2h")

    assert ran.code == code
    assert ("a cache answered, or one of the clocks is wrong" in ran.out) == (code != 0)
    assert patient.code == 0


@pytest.mark.parametrize(("ahead", "code"), [(62, 0), (-62, 0), (100, 3), (-100, 3)])
def test_an_answer_takes_ten_seconds_at_most(script: Script, ahead: float, code: int) -> None:
    """By which clocks may differ beyond --max-age."""
    with StubPrometheus(recorded(), ahead) as prometheus:
        ran = script.run("--prometheus", prometheus.url, "--max-age=60s")

    assert ran.code == code


def test_passwords_in_urls_are_masked_everywhere(script: Script, tmp_path: Path) -> None:
    """Not in any format, nor in the log, nor in a complaint about the URL."""
    log = tmp_path / "log"
    with StubPrometheus(scene(PASS)) as prometheus:
        good = prometheus.url.replace("//", f"//ci:{SECRET}@")
    runs = [script.run("--prometheus", good, f"--format={form}", f"--log={log}") for form in ("text", "json", "github")]
    runs += [script.run("--prometheus", f"ftp://ci:{SECRET}@x"), script.run(f"http://ci:{SECRET}@x")]

    assert [ran.code for ran in runs] == [3, 3, 3, 2, 2]
    assert SECRET not in log.read_text() + "".join(ran.out + ran.err for ran in runs)
    assert "http://***@127.0.0.1" in log.read_text()
