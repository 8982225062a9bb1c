"""The life of a gate in a minute, on real servers and by the real commands.

Failing, overridden, failing again, re-test due, overdue, done: what Prometheus records, what Alertmanager delivers,
what the script, the dashboard and `promgate log` say.
"""

import contextlib
import io
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import Engine
from gates import spec_text
from servers import Alertmanager, Prometheus
from web import MetricsServer, wait_for

from compiler.cli import main
from compiler.history.words import iso
from compiler.moment import Moment
from demo.stand_ins import Inbox

PATIENCE = 180.0  # seconds; a busy machine is slow
LASTS = 24  # seconds, at least; on a slow machine so many times what it took to compile, and to ask, before
SLOWER = 4
# Prometheus loses what it sends in the first seconds after a start or a reload, and sends it again after this time.
RESEND = ("--rules.alert.resend-delay=3s",)
QUICK = {"evaluate_every": "1s", "scrape_interval": "1s", "stabilization": "3s", "window": "10s"}
METRICS = {"level": {"type": "gauge"}, "load": {"type": "gauge"}}
CRITERIA = [
    {"id": name, "title": name.title(), "measure": {"kind": "gauge", "metric": name}, "require": {"at_most": 5}}
    for name in METRICS
]
BAD, GOOD = "level 9\nload 1\n", "level 1\nload 1\n"
# Alertmanager's waits that no spec shortens, and their stand-ins.
WAITS = {"group_wait: 30s": "group_wait: 1s", "group_interval: 5m": "group_interval: 1s"}


@dataclass
class Life:
    """A project with one gate, its servers, and what has been heard so far."""

    directory: Path
    stand_in: str
    inbox: Inbox
    target: MetricsServer
    prometheus: Prometheus
    read: int = 0  # the posts to Slack before this one belong to the past

    def ask(self, script: Path, code: int) -> str:
        """What a pipeline is told, which also goes into the log of decisions; the exit code must be `code`."""
        time.sleep(1.1)  # the log has whole seconds, and evaluations have parts of them
        options = ("--prometheus", self.prometheus.url, "--log", "DECISIONS.log", "--max-age", "30s")
        ran = subprocess.run(
            ["/bin/sh", script, *options], cwd=self.directory, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (code, ""), ran.stdout
        return ran.stdout

    def slack(self, *words: str) -> str:
        """Wait for a message with all the words, not older than the one that was waited for before."""

        def look() -> str:
            posts = [body for path, body in self.inbox.posts if path == "slack"]
            for number, body in enumerate(posts[self.read :], self.read):
                (message,) = body["attachments"]
                text = f"{message['title']}\n{message['text']}"
                if all(word in text for word in words):
                    self.read = number
                    return text
            return ""

        return wait_for(look, PATIENCE, f"message in Slack with {words}")

    def on_call(self, alert: str, label: str = "alertname", times: int = 1) -> Mapping[str, Any]:
        """Wait until those on call have heard so often of an alert that fires, and has the label."""

        def look() -> list[Mapping[str, Any]]:
            posts = [body for path, body in self.inbox.posts if path == "on_call"]
            alerts = [one for post in posts for one in post["alerts"] if one["status"] == "firing"]
            found = [one for one in alerts if one["labels"]["alertname"] == alert and label in one["labels"]]
            return found if len(found) >= times else []

        return wait_for(look, PATIENCE, f"{alert} with {label} for those on call")[-1]

    def panel(self, title: str, at: float | None = None) -> list[float]:
        """What a panel of the dashboard shows now, or showed at a time."""
        board = json.loads((self.directory / "generated/case/dashboard.json").read_text())
        (panel,) = (one for one in board["panels"] if one["title"] == title and one["type"] != "row")
        return [row.value for query in panel["targets"] for row in self.prometheus.query(query["expr"], at)]

    def samples(self, selector: str) -> list[tuple[float, float]]:
        """Time and value of all samples of a series, by their own timestamps."""
        series = self.prometheus.api("query", query=f"{selector}[15m]")["result"]
        return sorted((float(at), float(value)) for one in series for at, value in one["values"])


def promgate(*arguments: str) -> str:
    """Run a command in the working directory and return its output; it must exit 0."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(list(arguments))
    assert code == 0, err.getvalue()
    return out.getvalue()


def write_spec(directory: Path, stand_in: str, lasts: int) -> None:
    """The gate, which may be overridden for so many seconds, and whom it tells."""
    spec = yaml.safe_load(spec_text(METRICS, CRITERIA, **QUICK)) | {
        "overrides": {
            "reasons": {"p0_incident": {"title": "A P0 incident"}},
            "approvers": {"ops-lead": {"title": "Ops Lead"}},
            "max_duration": f"{lasts}s",
            "retest_within": f"{Entry(0, lasts).retest}s",
            "repeat_interval": "2s",
        },
        "notifications": {
            "status": {"slack": {"channel": "#ops", "api_url_file": str(directory / "slack_url")}},
            "on_call": {"webhook": {"url": f"{stand_in}/on_call"}},
        },
    }
    (directory / "specs").mkdir(exist_ok=True)
    (directory / "specs/case.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


@contextmanager
def beginning(directory: Path, engine: Engine) -> Iterator[Life]:
    """The gate fails, and nobody has overridden it."""
    inbox = Inbox(lambda _: None)
    with inbox.running() as stand_in, MetricsServer(BAD) as target:
        (directory / "slack_url").write_text(f"{stand_in}/slack")
        write_spec(directory, stand_in, LASTS)
        promgate("generate")
        config = (directory / "generated/alertmanager.yml").read_text()
        for wait, shorter in WAITS.items():
            assert wait in config
            config = config.replace(wait, shorter)
        rules = sorted((directory / "generated/case").glob("*_rules.yml"))
        with (
            Alertmanager(engine, config) as alertmanager,
            Prometheus(
                engine,
                scrape={"x": [target.target]},
                flags=RESEND,
            ) as prometheus,
        ):
            # Else the story, or the first message, could begin with a gate that knows nothing.
            prometheus.until("load", PATIENCE)
            prometheus.rules = rules
            prometheus.reload()
            prometheus.until('ALERTS{alertname="GateFailing",alertstate="firing"}', PATIENCE)
            prometheus.alertmanagers = [alertmanager.url]
            prometheus.reload()
            yield Life(directory, stand_in, inbox, target, prometheus)


@pytest.mark.slow
def test_the_life_of_a_gate(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step happens by itself at its time, is heard of, and is told afterwards; nothing hides another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMTOOL", str(engine.promtool))
    monkeypatch.setenv("AMTOOL", str(engine.amtool))
    script, before = tmp_path / "generated/case/gate-check.sh", tmp_path / "before.sh"
    with beginning(tmp_path, engine) as life:
        lasts = failing(life, script)
        before.write_text(script.read_text())
        entry = overridden(life, script, lasts)
        ended(life, script, entry, before)
        owed(life, entry)
        done(life, script)
        to_the_second(life, entry)
        the_log_tells_the_story(life, entry)


@dataclass(frozen=True)
class Entry:
    """When the override begins, in seconds since 1970, and how long it lasts."""

    start: int
    lasts: int

    @property
    def expires(self) -> int:
        """The first second at which it is over."""
        return self.start + self.lasts

    @property
    def retest(self) -> int:
        """Within which time of the start the re-test must be done; in the last quarter it is due."""
        return self.lasts * 5 // 3

    @property
    def retest_by(self) -> str:
        """As everybody reads it."""
        return iso(self.start + self.retest)


def failing(life: Life, script: Path) -> int:
    """The gate fails, and Slack and the pipeline know why; returns how long an override must last on this machine."""
    text = life.slack("[FAILING] A case", "Level")
    assert "Load" not in text
    began = time.monotonic()
    promgate("generate")
    assert life.ask(script, 1).startswith("FAIL: A case (case, revision ")
    return max(LASTS, ceil(SLOWER * (time.monotonic() - began)))


def overridden(life: Life, script: Path, lasts: int) -> Entry:
    """An override opens the gate: everybody hears by whom, why and until when, and what fails all the same."""
    write_spec(life.directory, life.stand_in, lasts)
    exception = ("--gate", "case", "--reason", "p0_incident", "--ticket", "INC-1", "--approver", "ops-lead")
    promgate("override", *exception, "--for", f"{lasts}s")
    (written,) = yaml.safe_load((life.directory / "overrides/case.yaml").read_text())["overrides"]
    entry = Entry(Moment.of(written["start"]).seconds, lasts)
    promgate("generate")
    life.prometheus.reload()
    life.prometheus.until("gate:overall:override == 1 and on () gate:overall:pass == 1", lasts)
    first, *rest = life.ask(script, 0).splitlines()

    assert first.startswith("OVERRIDDEN: A case (case, revision ")
    assert f": until {iso(entry.expires)} (" in first
    assert first.endswith(" left), approved by Ops Lead, ticket INC-1; 1 of 2 criteria do not pass")
    assert f"  override inc-1, since {iso(entry.start)}, approved by Ops Lead (ops-lead): A P0 incident" in rest
    assert "  FAIL: Level (all/level), required: at most 5" in rest
    text = life.slack("[OVERRIDDEN] A case", f"OVERRIDDEN until {iso(entry.expires)}: A P0 incident")
    assert "override inc-1, approved by Ops Lead (ops-lead)" in text
    assert "- Level: FAIL" in text
    life.on_call("GateOverridden", times=2)
    covered = life.on_call("GateCriterionFailing", "override")
    assert covered["annotations"]["override"] == f"override inc-1 lets the gate pass until {iso(entry.expires)}: INC-1"
    return entry


def ended(life: Life, script: Path, entry: Entry, before: Path) -> None:
    """It ends by itself: no rule is changed, and the gate fails again. A script of other rules cannot tell."""
    life.prometheus.until("gate:overall:override == 0 and on () gate:overall:pass == 0", PATIENCE)
    life.slack("[FAILING] A case", "Override inc-1 (INC-1) has ended.")

    text = life.ask(script, 1)
    assert text.startswith("FAIL: A case (case, revision ")
    assert "  the re-test after override inc-1 (ticket INC-1) is " in text
    assert f" {entry.retest_by}: all criteria met for 3s, at its end or later" in text
    assert "the rules are of revision" in life.ask(before, 3)


def owed(life: Life, entry: Entry) -> None:
    """The re-test is asked for before it is due, and again when it is overdue."""
    life.slack("A case", f"the re-test after override inc-1 is due by {entry.retest_by}", "- Level: FAIL")
    life.slack("A case", f"the re-test after override inc-1 is overdue since {entry.retest_by}", "- Level: FAIL")
    assert life.prometheus.query('ALERTS{alertname="GateRetestOverdue", alertstate="firing"}')
    life.on_call("GateRetestDue")
    life.on_call("GateRetestOverdue")


def done(life: Life, script: Path) -> None:
    """All criteria met and stable is the re-test: its alert ends, and the gate is ready."""
    life.target.text = GOOD
    life.prometheus.until("gate:overall:pass == 1 and on () gate:override:retest == 0", PATIENCE)
    life.slack("[READY] A case")
    life.prometheus.until('absent(ALERTS{alertname=~"Gate.*"})', PATIENCE)

    assert ": all 2 criteria pass" in life.ask(script, 0)
    assert life.panel("Gate verdict") == [1]
    assert life.panel("Overrides in force") == []


def to_the_second(life: Life, entry: Entry) -> None:
    """In every evaluation there was: open from the start until just before the end, and nothing was hidden in any."""
    verdicts = dict(life.samples("gate:overall:pass"))
    in_force = dict(life.samples("gate:overall:override"))
    met = dict(life.samples("gate:overall:met"))
    level = dict(life.samples('gate:criterion:pass{criterion="level"}'))
    open_by_it = [at for at, value in in_force.items() if value == 1]

    assert all(entry.start <= at < entry.expires for at in open_by_it)
    assert [at for at in in_force if min(open_by_it) <= at < entry.expires] == open_by_it
    assert {verdicts[at] for at in open_by_it} == {1}
    assert {met[at] for at in open_by_it} == {level[at] for at in open_by_it} == {0}
    assert {verdicts[at] for at in in_force if entry.expires <= at < entry.start + entry.retest} == {0}
    at = open_by_it[len(open_by_it) // 2]
    assert life.panel("Gate verdict", at) == [2]  # which it calls OVERRIDDEN; 1 is PASS
    assert life.panel("Overrides in force", at) == [entry.expires * 1000]
    assert life.panel("Criteria not passing", at) == [1]


def the_log_tells_the_story(life: Life, entry: Entry) -> None:
    """Two failures with their cause, the override between them with all that is known of it, and each decision."""
    sources = ("--prometheus", life.prometheus.url, "--log", "DECISIONS.log", "--days", "1")
    (gate,) = json.loads(promgate("log", *sources, "--format", "json"))["gates"]
    first, second = gate["failures"]
    (one,) = gate["overrides"]

    assert {key: one[key] for key in ("id", "reason", "ticket", "approver", "expires")} == {
        "id": "inc-1",
        "reason": "p0_incident",
        "ticket": "INC-1",
        "approver": "ops-lead",
        "expires": iso(entry.expires),
    }
    assert first["end"] == one["begin"]
    assert one["end"] == iso(entry.expires)
    assert one["opened"] > 0
    assert ("level", "fail") in [(cause["criterion"], cause["state"]) for cause in first["causes"]]
    assert [(cause["criterion"], cause["state"]) for cause in second["causes"]] == [("level", "fail")]
    assert second["states"].keys() == {"failing", "stabilising"}
    assert second["end_seen"]
    assert [(row["verdict"], row["overrides"]) for row in gate["decisions"]] == [
        ("fail", []),
        ("pass", ["inc-1"]),
        ("fail", []),
        ("unknown", []),
        ("pass", []),
    ]
    assert [one["decisions"] for one in (first, second)] == [1, 2]
    assert gate["figures"]["1d"]["closings"] == 1
    text = promgate("log", *sources)
    for words in ("level FAIL", "p0_incident  INC-1   ops-lead  inc-1", "pass (override)"):
        assert words in text
