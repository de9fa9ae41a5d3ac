# The Rust compiler, and its standard library for wasm32.
#
# HIGHWATER_WASM_TARGET=rustup|debian forces one of the two ways; without it rustup is asked first.

readonly WASM_TARGET=wasm32-unknown-unknown
readonly DEBIAN_TOOLCHAIN=highwater-debian

need_cargo() {
  command -v cargo >/dev/null ||
    fail "cargo is missing: install Rust 1.95 or newer from https://rustup.rs and run this again."
}

has_wasm_target() {
  [ -d "$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib" ]
}

need_wasm_target() {
  if rustup toolchain list 2>/dev/null | grep -q "^$DEBIAN_TOOLCHAIN" &&
    [ "${HIGHWATER_WASM_TARGET:-}" = debian ]; then
    use_debian_toolchain
  fi
  has_wasm_target && [ -z "${HIGHWATER_WASM_TARGET:-}" ] && return
  if [ "${HIGHWATER_WASM_TARGET:-rustup}" = rustup ] &&
    timeout 120 rustup target add "$WASM_TARGET"; then
    return
  fi
  [ "${HIGHWATER_WASM_TARGET:-}" = rustup ] && fail "rustup could not fetch the target $WASM_TARGET."
  # shellcheck source=scripts/lib/debian-wasm.sh
  . "$(dirname "${BASH_SOURCE[0]}")/debian-wasm.sh"
  install_debian_wasm
  use_debian_toolchain
}

use_debian_toolchain() {
  export RUSTUP_TOOLCHAIN=$DEBIAN_TOOLCHAIN
  echo "Rust comes from Debian here. For plain cargo and trunk: export RUSTUP_TOOLCHAIN=$DEBIAN_TOOLCHAIN"
}
