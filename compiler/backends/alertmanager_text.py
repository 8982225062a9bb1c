"""What Alertmanager's messages say: Go templates over the annotations of a gate's alerts, and texts of the plan.

https://prometheus.io/docs/alerting/latest/notifications/ has the data; a message is about one gate, since its alerts
are one group.
"""

from dataclasses import dataclass
from typing import Final

from compiler import naming
from compiler.backends.addresses import web_address
from compiler.backends.go_template import act, define, each, literal
from compiler.middle.notices import NoticePlan

# PagerDuty knows these and critical, which stands for every other word, lest it refuses the event.
_MILD: Final = ("info", "warning", "error")
_ESCAPE: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))

_SLACK_ALERT: Final = """\
*{{ template "slack" .Annotations.summary }}*
{{- with .Annotations.reason }}
{{ template "slack" . }}
{{- end }}
{{- with .Annotations.override }}
{{ template "slack" . }}
{{- end }}
{{- if .Annotations.value }}
Now: {{ template "slack" .Annotations.value }}. Required: {{ template "slack" .Annotations.requirement }}
{{- with .Annotations.limits }} ({{ template "slack" . }}){{ end }}.
{{- end }}
{{- with .Annotations.description }}
{{ template "slack" . }}
{{- end }}
{{- if .Annotations.runbook_url }}
<{{ template "slack" .Annotations.runbook_url }}|Runbook>
{{- else if .Annotations.runbook }}
Runbook: {{ template "slack" .Annotations.runbook }}
{{- end }}
"""

_ENDED: Final = f"""\
{{{{- range .Alerts.Resolved }}}}{{{{ if eq .Labels.alertname "{naming.ALERT_OVERRIDDEN}" }}}}
Override {{{{ .Labels.{naming.OVERRIDE} }}}} ({{{{ template "slack" .Labels.{naming.TICKET} }}}}) has ended.

{{{{ end }}}}{{{{ end -}}}}
"""

_PLAIN_ALERT: Final = """\
{{ .Annotations.summary }}
{{- with .Annotations.reason }}
{{ . }}
{{- end }}
{{- with .Annotations.override }}
{{ . }}
{{- end }}
{{- if .Annotations.value }}
Now: {{ .Annotations.value }}. Required: {{ .Annotations.requirement }}
{{- with .Annotations.limits }} ({{ . }}){{ end }}.
{{- end }}
{{- with .Annotations.description }}
{{ . }}
{{- end }}
{{- with .Annotations.runbook }}
Runbook: {{ . }}
{{- end }}
"""


_WORDS: Final = (
    (naming.ALERT_RETEST_DUE, "RE-TEST DUE"),
    (naming.ALERT_RETEST_OVERDUE, "RE-TEST OVERDUE"),
    (naming.ALERT_OVERRIDDEN, "OVERRIDDEN"),
    (naming.ALERT_GATE_FAILING, "FAILING"),
    (naming.ALERT_GATE_NOT_EVALUATED, "NOT EVALUATED"),
)


@dataclass(frozen=True, slots=True)
class Message:
    """What is said of a group of alerts, as templates: for Slack, and for those that know no markup."""

    color: str
    slack_title: str
    slack_text: str
    title: str


def about_verdict(gate: NoticePlan) -> Message:
    """What fires, each with what a person needs to act; or that the gate passes, and what that is worth."""
    return Message(
        '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
        _title(gate, slack=True),
        _slack_text(gate, _ready(gate)),
        _title(gate, slack=False),
    )


def about_review(gate: NoticePlan) -> Message:
    """That the gate must be reviewed; or that this is over, which Alertmanager also says when Prometheus is gone."""
    word = '[{{ if eq .Status "firing" }}REVIEW DUE{{ else }}REVIEW NOT DUE{{ end }}]'
    return Message(
        '{{ if eq .Status "firing" }}warning{{ else }}good{{ end }}',
        f"{word} {literal(for_slack(gate.title))}",
        _slack_text(gate, "No review is due any more: the gate has a new date, or Prometheus has gone silent."),
        f"{word} {literal(gate.title)}",
    )


def _title(gate: NoticePlan, *, slack: bool) -> str:
    """`[FAILING] Title`. The last word that fits is the gravest: of what is not evaluated, all else is old."""
    word = act('$word := "READY"') + each(".Alerts.Firing", act('$word = "FAILING"'))
    for alert, said in _WORDS if gate.reminders else _WORDS[-1:]:
        word += _if_any(f'eq .Labels.alertname "{alert}"', f'$word = "{said}"')
    word += act("$word")
    return f"[{word}] {literal(for_slack(gate.title) if slack else gate.title)}"


def _slack_text(gate: NoticePlan, otherwise: str) -> str:
    """What fires; `otherwise` if nothing does."""
    escape = " | ".join(f'reReplaceAll "{char}" "{entity}"' for char, entity in _ESCAPE)
    contact = literal(for_slack(_contact(gate)))
    alternatives = f"{_SLACK_ALERT}\n{{{{ else -}}}}\n{otherwise}\n"
    return (
        define("slack", act(f". | {escape}"))
        + f"{{{{ range .Alerts.Firing -}}}}\n{alternatives}\n{{{{ end -}}}}\n"
        + (_ENDED if gate.reminders else "")
        + contact
    )


def pagerduty_details(gate: NoticePlan) -> dict[str, str]:
    """What fires and what has ended; these two keys replace Alertmanager's own, which have the same texts unguarded.

    Alertmanager (0.33) reads a detail as YAML and, if it is a mapping or a list, runs the texts in it as templates
    again: `owner: {{ … }}` in an annotation would be executed. A text that begins with a backtick is no YAML.
    """
    head = f"`{gate.name}` {_contact(gate)}"
    return {
        "firing": f"{literal(head)}\n\n{{{{ range .Alerts.Firing -}}}}\n{_PLAIN_ALERT}\n{{{{ end -}}}}",
        "resolved": f"`{gate.name}` {act('len .Alerts.Resolved')} alerts have ended",
    }


def worst_severity() -> str:
    """The gravest severity of the alerts that fire, in the words that PagerDuty knows."""
    chosen = act(f'$worst := "{_MILD[0]}"')
    for word in _MILD[1:]:
        chosen += _if_any(f'eq .Labels.{naming.SEVERITY} "{word}"', f'$worst = "{word}"')
    known = f'match "^({"|".join(_MILD)})$" .Labels.{naming.SEVERITY}'
    return chosen + _if_any(f"not ({known})", '$worst = "critical"') + act("$worst")


def _if_any(condition: str, consequence: str) -> str:
    """An assignment, if the condition holds for an alert that fires."""
    return each(".Alerts.Firing", act(f"if {condition}") + act(consequence) + act("end"))


def dashboard(gate: NoticePlan) -> str:
    """The dashboard's address, or ""."""
    return literal(web_address(gate.dashboard_url))


def for_slack(text: str) -> str:
    """The three characters that Slack reads as markup; without `<`, there is no link and no @channel."""
    for char, entity in _ESCAPE:
        text = text.replace(char, entity)
    return text


def _ready(gate: NoticePlan) -> str:
    return (
        f"All {gate.criteria} criteria have passed for {gate.stabilization}. "
        "Pipelines ask gate-check.sh and not this message, which also comes when Prometheus itself goes silent."
    )


def _contact(gate: NoticePlan) -> str:
    return f"Owner: {gate.owner}" + (f" · On call: {gate.on_call}" if gate.on_call else "")
