"""The engines and servers that the other tests trust: they start, answer, reload, and end without a trace."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from engines import Engine, backfill, promtool_test, require, run_tool
from servers import Alertmanager, Prometheus, Target
from web import EngineError, MetricsServer, free_port, http, serve, wait_for

RULES = """
groups:
  - name: sample
    rules:
      - {record: "shop:requests:doubled", expr: 2 * shop_requests}
      - {alert: ShopBusy, expr: shop_requests > 5}
"""
ALERTMANAGER = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule file with one recording and one alerting rule."""
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


def test_the_versions_of_an_engine_are_what_its_binaries_say(engine: Engine) -> None:
    """The name carries major and minor of Prometheus, and promtool is of the same generation."""
    ok, said = run_tool(engine.promtool, "--version")

    assert ok
    assert f"promtool, version {engine.name.removeprefix('prometheus-')}." in said
    assert engine.version >= (2, 42)


def test_prometheus_scrapes_evaluates_and_answers(engine: Engine, rules: Path) -> None:
    """A scraped value comes back through a rule, with the labels of its target."""
    with (
        MetricsServer("shop_requests 4\n") as shop,
        Prometheus(engine, rules=[rules], scrape={"shop": [Target(shop.target, "/x", {"instance": "a"})]}) as server,
    ):
        found = server.until("shop:requests:doubled", seconds=20)
        missing = server.value("nothing")

    assert [(dict(sample.labels), sample.value) for sample in found] == [
        ({"__name__": "shop:requests:doubled", "instance": "a", "job": "shop"}, 8)
    ]
    assert missing is None


def test_a_query_may_ask_for_a_moment_and_for_its_cost(engine: Engine) -> None:
    """A scalar is a sample without labels, and the number of samples read is an integer."""
    with Prometheus(engine) as server:
        assert server.value("time()", time=1234) == 1234
        assert server.query("vector(1) + vector(2)")[0].labels == {}
        assert server.samples_read("up") == 0


def test_a_wrong_query_raises_with_the_reason(any_engine: Engine) -> None:
    """PromQL that does not parse is an error that quotes Prometheus."""
    with Prometheus(any_engine) as server, pytest.raises(EngineError, match="parse error"):
        server.query("sum(")


def test_several_series_are_not_one_value(any_engine: Engine) -> None:
    """`value` refuses to choose between series."""
    several = 'label_replace(vector(1), "a", "1", "", "") or vector(2)'
    with Prometheus(any_engine) as server, pytest.raises(EngineError, match="2 series"):
        server.value(several)


def test_reload_takes_rules_that_were_added(engine: Engine, rules: Path) -> None:
    """Rules given after the start are loaded by `reload`, and rules that do not parse are refused."""
    with Prometheus(engine) as server:
        assert server.api("rules")["groups"] == []

        server.rules = [rules]
        server.reload()
        assert [group["name"] for group in server.api("rules")["groups"]] == ["sample"]

        rules.write_text("groups: [{name: broken, rules: [{record: x, expr: 'sum('}]}]")
        with pytest.raises(EngineError, match="HTTP 500"):
            server.reload()


def test_an_alert_reaches_alertmanager_and_its_webhook(engine: Engine, rules: Path) -> None:
    """A firing alert is seen in Alertmanager and posted to the receiver."""
    posted: list[bytes] = []

    def take(_path: str, body: bytes) -> tuple[int, str, str]:
        posted.append(body)
        return 200, "text/plain", ""

    with serve(take) as port:
        config = {
            "route": {"receiver": "hook", "group_wait": "0s"},
            "receivers": [{"name": "hook", "webhook_configs": [{"url": f"http://127.0.0.1:{port}/"}]}],
        }
        with (
            MetricsServer("shop_requests 9\n") as shop,
            Alertmanager(engine, config) as alertmanager,
            Prometheus(engine, rules=[rules], scrape={"shop": [shop.target]}, alertmanagers=[alertmanager.url]),
        ):
            wait_for(lambda: posted, 30, "post to the webhook")
            held = alertmanager.alerts()

    assert [alert["labels"]["alertname"] for alert in held] == ["ShopBusy"]
    assert json.loads(posted[0])["status"] == "firing"


def test_the_past_can_be_backfilled(engine: Engine, tmp_path: Path) -> None:
    """Samples of an OpenMetrics file are there when Prometheus starts on the directory."""
    openmetrics = tmp_path / "past.om"
    openmetrics.write_text(
        "# TYPE shop_requests gauge\nshop_requests 3 1700000000\nshop_requests 5 1700000060\n# EOF\n"
    )
    backfill(engine, openmetrics, tmp_path / "data")

    with Prometheus(engine, data_dir=tmp_path / "data", flags=["--storage.tsdb.retention.time=100y"]) as server:
        assert server.value("shop_requests", time=1700000061) == 5


def test_backfill_of_a_broken_file_raises(any_engine: Engine, tmp_path: Path) -> None:
    """A file that is no OpenMetrics is an error, not an empty past."""
    (tmp_path / "past.om").write_text("this is not a metric")

    with pytest.raises(EngineError, match="did not backfill"):
        backfill(any_engine, tmp_path / "past.om", tmp_path / "data")


@pytest.mark.parametrize("start", [Prometheus, lambda engine: Alertmanager(engine, ALERTMANAGER)])
def test_a_server_ends_with_its_block(engine: Engine, start: Callable[[Engine], Prometheus | Alertmanager]) -> None:
    """After the block nobody listens and the directory is gone."""
    with start(engine) as server:
        assert http(f"{server.url}/-/ready")
        assert server.log
        directory = server.directory

    with pytest.raises(EngineError):
        http(f"{server.url}/-/ready")
    assert not directory.exists()


def test_a_server_that_cannot_start_says_why(engine: Engine) -> None:
    """The error carries the end of the server's log."""
    with pytest.raises(EngineError, match=r"unknown (long )?flag"), Prometheus(engine, flags=["--no.such.flag"]):
        pass


def test_a_port_that_is_taken_is_tried_again(any_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another server takes the free port first, the next start uses another one."""
    with serve(lambda _path, _body: (503, "text/plain", "")) as taken:
        ports = iter([taken, free_port()])
        monkeypatch.setattr("servers.free_port", lambda: next(ports))
        with Prometheus(any_engine) as server:
            assert server.port != taken


def test_a_target_without_text_is_down(any_engine: Engine) -> None:
    """A MetricsServer with None answers 503, so `up` is 0."""
    with MetricsServer(None) as ill, Prometheus(any_engine, scrape={"ill": [ill.target]}) as server:
        assert server.until("up == 0", seconds=20)


def test_promtool_tests_tell_pass_from_fail(engine: Engine) -> None:
    """A rule test passes with the right expectation and fails, saying what it got, with the wrong one."""

    def document(expected: int) -> dict[str, object]:
        return {
            "rule_files": ["rules.yml"],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [{"series": "shop_requests", "values": "3x5"}],
                    "promql_expr_test": [
                        {
                            "expr": "shop:requests:doubled",
                            "eval_time": "2m",
                            "exp_samples": [{"labels": "shop:requests:doubled", "value": expected}],
                        }
                    ],
                }
            ],
        }

    passed, _ = promtool_test(engine, document(6), {"rules.yml": RULES})
    failed, output = promtool_test(engine, document(7), {"rules.yml": RULES})

    assert passed
    assert not failed
    assert "got:" in output


def test_a_missing_engine_skips_and_fails_when_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """`require` skips with the reason, and fails when REQUIRE_ENGINES=1."""
    monkeypatch.delenv("REQUIRE_ENGINES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no engine here"):
        require(None, "no engine here")

    monkeypatch.setitem(os.environ, "REQUIRE_ENGINES", "1")
    with pytest.raises(pytest.fail.Exception, match="no engine here"):
        require(None, "no engine here")
