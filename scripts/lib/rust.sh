# The Rust compiler, and its standard library for wasm32.
#
# HIGHWATER_WASM_TARGET=rustup|debian forces one of the two ways; without it rustup is asked first.

readonly WASM_TARGET=wasm32-unknown-unknown
readonly RUST_MINOR_MIN=95

# Settles which compiler serves this run. To be called before the first cargo command: a version
# in rust-toolchain.toml that is not installed would stop every one of them.
need_rust() {
  if [ "${HIGHWATER_WASM_TARGET:-}" = debian ]; then
    need_debian_wasm
    return
  fi
  command -v cargo >/dev/null ||
    fail "cargo is missing: install Rust from https://rustup.rs and run this again."
  [ -n "${RUSTUP_TOOLCHAIN:-}" ] || ! command -v rustup >/dev/null || need_pinned_toolchain
}

pinned_version() {
  sed -n 's/^channel = "\(.*\)"$/\1/p' "$ROOT/rust-toolchain.toml"
}

# The version that the project names, or else the default one if it is new enough.
need_pinned_toolchain() {
  local version
  version=$(pinned_version)
  ! rustup toolchain list | grep -q "^$version-" || return 0
  say "Fetching Rust $version (usually 1 minute)"
  if timeout 300 rustup toolchain install "$version" --profile minimal \
    --component clippy,rustfmt --target "$WASM_TARGET"; then
    return
  fi
  is_new_enough "$(cd / && rustc --version 2>/dev/null)" ||
    fail "Rust $version can't be fetched and no newer one is installed: see https://rustup.rs."
  RUSTUP_TOOLCHAIN=$(cd / && rustup show active-toolchain | cut -d' ' -f1)
  export RUSTUP_TOOLCHAIN
  echo "Rust $version can't be fetched. For plain cargo and trunk: export RUSTUP_TOOLCHAIN=$RUSTUP_TOOLCHAIN"
}

# Whether `rustc --version` says 1.95 or newer.
is_new_enough() {
  local minor
  minor=$(sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p' <<<"$1")
  [ "${minor:-0}" -ge "$RUST_MINOR_MIN" ]
}

has_wasm_target() {
  compgen -G "$("$1" --print sysroot)/lib/rustlib/$WASM_TARGET/lib/libstd-*.rlib" >/dev/null
}

need_wasm_target() {
  ! has_wasm_target rustc || return 0
  # A machine that had to take the second way once has no reason to ask rustup again.
  if [ -z "${HIGHWATER_WASM_TARGET:-}" ] && has_debian_wasm; then
    need_debian_wasm
    return
  fi
  say "Fetching the standard library for $WASM_TARGET (usually 2 s)"
  if command -v rustup >/dev/null && timeout 120 rustup target add "$WASM_TARGET"; then
    return
  fi
  [ "${HIGHWATER_WASM_TARGET:-}" != rustup ] || fail "rustup could not fetch the target $WASM_TARGET."
  need_debian_wasm
}
