"""gate-check.sh: its options, its tools and its secrets."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from gate_script import FAIL, PASS, Script, descendants, environment, path_of, until
from stub_prometheus import StubPrometheus, StubPrometheus6, scene

SECRET = "s3cr3t-t0ken"


USAGE = {
    "no URL": [],
    "blank URL": ["--prometheus", "   "],
    "unknown option": ["--prometheus=http://x", "--bogus"],
    "not an option": ["--prometheus=http://x", "http://y"],
    "no value": ["--prometheus"],
    "empty value": ["--prometheus="],
    "an option for a value": ["--prometheus=http://x", "--log", "--timeout=1s"],
    "no scheme": ["--prometheus=x:9090"],
    "a file": ["--prometheus=file:///etc/passwd"],
    "a query": ["--prometheus=http://x/?a=b"],
    "not a duration": ["--prometheus=http://x", "--timeout=soon"],
    "injected PromQL": ["--prometheus=http://x", "--max-age=120 or vector(1)"],
    "injected shell": ["--prometheus=http://x", "--interval=$(id)"],
    "injected line": ["--prometheus=http://x", "--max-age=1m\n) or vector(1"],
    "no interval": ["--prometheus=http://x", "--interval=0s"],
    "no age": ["--prometheus=http://x", "--max-age=0"],
    "negative": ["--prometheus=http://x", "--timeout=-5"],
    "unknown format": ["--prometheus=http://x", "--format=xml"],
    "log in no directory": ["--prometheus=http://x", "--log=/nonexistent/log"],
    "a quote": ['--prometheus=http://x/"'],
    "a backslash": ["--prometheus=http://x/\\"],
    "too long": ["--prometheus=http://x", "--max-age=99999999s"],
    "no unit": ["--prometheus=http://x", "--max-age=1h30"],
    "two units": ["--prometheus=http://x", "--max-age=1h30m"],
    "only a unit": ["--prometheus=http://x", "--interval=h"],
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_is_two(script: Script, shell: list[str], name: str) -> None:
    """A mistake on the command line is told on stderr, and nothing is asked."""
    ran = script.run(*USAGE[name], shell=shell)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("gate-check.sh: ")


def test_help_says_how_to_use_it(script: Script, shell: list[str]) -> None:
    """--help prints every option and exit code on stdout."""
    ran = script.run("--help", shell=shell)

    assert (ran.code, ran.err) == (0, "")
    for word in ("--prometheus", "--timeout", "--interval", "--max-age", "--format", "--log", "3 cannot tell"):
        assert word in ran.out


@pytest.mark.parametrize(
    ("written", "seconds"), [("90", 90), ("90s", 90), ("2m", 120), ("3h", 10800), ("1d", 86400), ("08s", 8)]
)
def test_durations_become_seconds(script: Script, written: str, seconds: int) -> None:
    """What reaches the query is a number of seconds."""
    with StubPrometheus(scene(PASS)) as prometheus:
        script.run(f"--prometheus={prometheus.url}", "--max-age", written)

    assert prometheus.queries()[0].endswith(f" <= {seconds})")


@pytest.mark.parametrize("missing", ["curl", "jq"])
def test_a_missing_tool_is_no_verdict(script: Script, tmp_path: Path, missing: str) -> None:
    """Without curl or jq there is no verdict, and it says which is missing."""
    path = path_of(tmp_path, "dash", "tr", *{"curl", "jq"} - {missing})

    ran = script.run("--prometheus=http://x", shell=["env", f"PATH={path}", "dash"])

    assert (ran.code, ran.out, ran.err) == (
        3,
        "",
        f"gate-check.sh: {missing} is not installed; install the package {missing}\n",
    )


def test_no_secret_is_on_a_command_line_or_in_the_output(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """Token and password reach the server in headers, and nobody else."""
    secret_file = tmp_path / "secret"
    secret_file.write_text(f"{SECRET}\n")
    with StubPrometheus(scene(replace(PASS, drip=0.004))) as prometheus:
        secret_url = prometheus.url.replace("http://", f"http://user:{SECRET}@")
        secrets = {"PROMETHEUS_URL": secret_url, "PROMETHEUS_BEARER_TOKEN_FILE": str(secret_file)}
        with script.started("--format=json", shell=shell, **secrets) as process:
            until(lambda: prometheus.requests)
            lines = descendants(process.pid)
            inherited = [environment(child) for child in lines]
            out, err = process.communicate(timeout=60)

    assert any("curl" in line for line in lines.values())
    assert not any(SECRET in line for line in lines.values())
    assert any(inherited)
    assert not any(SECRET in one for one in inherited)
    assert SECRET not in out + err
    assert "http://***@127.0.0.1" in out
    assert prometheus.requests[0].headers["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("quirk", ['a"b', "a\\b", "a b", "a$(id)`id`b", "a'b", "é"])
def test_basic_auth_survives_odd_passwords(script: Script, tmp_path: Path, quirk: str) -> None:
    """A password with quotes or backslashes arrives as it is."""
    (tmp_path / "basic").write_text(f"user:{quirk}\n")
    with StubPrometheus(scene(PASS)) as prometheus:
        ran = script.run("--prometheus", prometheus.url, PROMETHEUS_BASIC_AUTH_FILE=str(tmp_path / "basic"))

    sent = prometheus.requests[0].headers["Authorization"].removeprefix("Basic ")
    assert ran.code == 0
    assert base64.b64decode(sent).decode() == f"user:{quirk}"


def test_a_broken_secret_is_wrong_usage(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """An unreadable, empty or many-lined secret is exit 2, and is not sent as a further header."""
    (tmp_path / "empty").write_text("")
    (tmp_path / "lines").write_text("a\nX-Evil: 1\n")
    unread = "PROMETHEUS_BASIC_AUTH_FILE cannot be read or is empty"
    for name, words in (("missing", unread), ("empty", unread), ("lines", "is more than one line")):
        ran = script.ask(scene(PASS), shell=shell, PROMETHEUS_BEARER_TOKEN_FILE=str(tmp_path / name))
        assert ran.code == 2, name
        assert words in ran.err


def test_settings_of_the_user_do_not_interfere(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """A ~/.curlrc that redirects everything is not read, nor a ~/.jq in which words have another meaning."""
    (tmp_path / ".curlrc").write_text("url = http://127.0.0.1:9/\nlocation\nfail\n")
    (tmp_path / ".jq").write_text("def any(g; c): false; def all(g; c): true;")

    assert script.ask(scene(PASS), shell=shell).code == 0
    assert script.ask(scene(FAIL), shell=shell).code == 1


def test_an_address_of_ipv6_may_be_asked(script: Script) -> None:
    """Brackets in a URL are an address, not a pattern."""
    try:
        with StubPrometheus6(scene(PASS)) as prometheus:
            ran = script.run("--prometheus", prometheus.url)
    except OSError:
        pytest.skip("this machine has no ::1")

    assert ran.code == 0


def test_braces_in_a_url_are_not_a_pattern(script: Script) -> None:
    """One URL is one request, whatever curl would make of its characters."""
    with StubPrometheus(scene(PASS)) as prometheus:
        ran = script.run("--prometheus", f"{prometheus.url}/{{a,b}}/")

    assert ran.code == 0
    assert [request.path for request in prometheus.requests] == ["/{a,b}/api/v1/query"] * 3
