# What the scripts say: a line before each stage, a sentence at the end of a failure, and the
# durations of all stages at the end.

STAGE_TIMES=()

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

fail() {
  printf '\nStopped: %s\n' "$*" >&2
  exit 1
}

# stage "what" "how long it usually takes" command...
#
# The command runs in a shell of its own, because after `||` bash would let a function go on past
# its first failure.
stage() {
  local what=$1 usual=$2 began=$SECONDS status
  shift 2
  say "$what (usually $usual)"
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  [ "$status" = 0 ] || fail "$what did not succeed; what went wrong stands above."
  STAGE_TIMES+=("$(printf '%5d s  %s' "$((SECONDS - began))" "$what")")
  printf '%s: done in %d s\n' "$what" "$((SECONDS - began))"
}

# Says how long each stage took.
stage_times() {
  say "Durations"
  printf '%s\n' "${STAGE_TIMES[@]}"
  printf '%5d s  all together\n' "$SECONDS"
}
