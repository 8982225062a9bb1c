#!/bin/sh
# Runs a generated gate-check.sh with the inputs of the action, which are in GATE_* variables; exits as it does.
# Nothing is installed but curl and jq, and these only if they are missing.
set -uf

main() {
  [ -f "$GATE_SCRIPT" ] || give_up "there is no script $GATE_SCRIPT; was the repository checked out?"
  case $(tail -n 1 "$GATE_SCRIPT") in '} # the end'*) ;; *)
    give_up "$GATE_SCRIPT is no whole gate-check.sh, or of an older promgate; generate it again" ;;
  esac
  case $GATE_SCRIPT in /*) ;; *) GATE_SCRIPT=./$GATE_SCRIPT ;; esac # lest it is an option
  install curl jq
  # What is empty was not given, and leaves what the workflow itself may have set.
  [ -z "$GATE_BEARER_TOKEN" ] || export PROMETHEUS_BEARER_TOKEN="$GATE_BEARER_TOKEN"
  [ -z "$GATE_BASIC_AUTH" ] || export PROMETHEUS_BASIC_AUTH="$GATE_BASIC_AUTH"
  [ -z "$GATE_CA_FILE" ] || export PROMETHEUS_CA_FILE="$GATE_CA_FILE"
  [ -z "$GATE_TENANT" ] || export PROMETHEUS_TENANT="$GATE_TENANT"
  unset GATE_BEARER_TOKEN GATE_BASIC_AUTH # gate-check.sh keeps its own variables from curl and jq
  set -- --format=github
  for url in $GATE_PROMETHEUS; do set -- "$@" "--prometheus=$url"; done
  # An option and its value are one word, so that no value is taken for an option.
  [ -z "$GATE_TIMEOUT" ] || set -- "$@" "--timeout=$GATE_TIMEOUT"
  [ -z "$GATE_INTERVAL" ] || set -- "$@" "--interval=$GATE_INTERVAL"
  [ -z "$GATE_MAX_AGE" ] || set -- "$@" "--max-age=$GATE_MAX_AGE"
  [ -z "$GATE_LOG" ] || set -- "$@" "--log=$GATE_LOG"
  sh "$GATE_SCRIPT" "$@"
  report $?
}

install() { # TOOL...: those that are missing
  missing=''
  for tool in "$@"; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
  [ -n "$missing" ] || return 0
  root=''
  [ "$(id -u)" = 0 ] || root=sudo
  # shellcheck disable=SC2086 # several words, or none
  if command -v apt-get >/dev/null; then
    $root apt-get -qq update && $root apt-get -qq install --yes $missing
  elif command -v apk >/dev/null; then
    $root apk add --quiet $missing
  elif command -v dnf >/dev/null; then
    $root dnf install --quiet --assumeyes $missing
  elif command -v brew >/dev/null; then
    brew install --quiet $missing
  fi >&2
  for tool in "$@"; do command -v "$tool" >/dev/null || give_up "$tool is not installed, and cannot be"; done
}

give_up() { # REASON: there was nobody to ask
  printf '::error title=Readiness gate::%s\n' "$(printf %s "$1" | tr -cd ' -$&-~')"
  report 3
}

report() { # EXIT: ends
  case $1 in 0) verdict=pass ;; 1) verdict=fail ;; *) verdict=unknown ;; esac
  [ -z "${GITHUB_OUTPUT:-}" ] || printf 'verdict=%s\nexit-code=%d\n' "$verdict" "$1" >>"$GITHUB_OUTPUT"
  exit "$1"
}

main
