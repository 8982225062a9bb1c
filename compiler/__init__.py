"""promgate: compiles readiness-gate specs into Prometheus rules, alerts, dashboards and checks."""

__version__ = "0.1.0"
