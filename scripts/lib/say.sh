# What the scripts say: one line before each stage, one sentence at the end of a failure.

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

fail() {
  printf '\nStopped: %s\n' "$*" >&2
  exit 1
}

# stage "what" "how long it usually takes" command...
stage() {
  local what=$1 usual=$2 began=$SECONDS
  shift 2
  say "$what (usually $usual)"
  "$@" || fail "$what did not succeed; what went wrong stands above."
  printf '%s: done in %s s\n' "$what" "$((SECONDS - began))"
}
