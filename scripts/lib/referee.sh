# The referee: what a real Kafka said, against what the engine says.

simctl() {
  cargo run --release --quiet --locked --no-default-features --bin simctl -- "$@"
}

# Every trace in traces-agreed.txt has agreed once and must go on doing so.
play_traces() {
  local verdicts lost
  verdicts=$(simctl trace tests/data/traces) || true
  tail -n 1 <<<"$verdicts"
  lost=$(comm -23 <(grep -v '^#' tests/data/traces-agreed.txt | sort) \
    <(sed -n 's/^agreed: //p' <<<"$verdicts" | sort))
  [ -z "$lost" ] || {
    printf 'These traces used to agree with real Kafka and no longer do:\n%s\n' "$lost"
    return 1
  }
}
