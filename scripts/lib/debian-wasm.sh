# The second way to a compiler for wasm32, where rustup can't download: Debian's own Rust, with
# the standard library built once from its sources.

readonly DEBIAN_RUSTC=/usr/bin/rustc
readonly DEBIAN_LINKER=/usr/bin/rust-lld
readonly DEBIAN_TOOLCHAIN=highwater-debian

# Installs what is missing of it and lets everything after it in this run use it.
need_debian_wasm() {
  if ! has_debian_wasm; then
    command -v apt-get >/dev/null ||
      fail "neither rustup nor Debian's packages can give the target $WASM_TARGET."
    stage "Installing Debian's Rust" "1 minute" install_debian_rust
    stage "Building the standard library for $WASM_TARGET" "1 minute" build_wasm_standard_library
    has_debian_wasm || fail "Debian's Rust is installed but can't build for $WASM_TARGET."
  fi
  use_debian_rust
}

# Whether the standard library is there, and of this very compiler: Debian may update it.
has_debian_wasm() {
  [ -x "$DEBIAN_RUSTC" ] && [ -e "$DEBIAN_LINKER" ] && has_wasm_target "$DEBIAN_RUSTC" &&
    [ "$(cat "$(wasm_library_folder)/built-by" 2>/dev/null)" = "$("$DEBIAN_RUSTC" --version)" ]
}

use_debian_rust() {
  if command -v rustup >/dev/null; then
    rustup toolchain link "$DEBIAN_TOOLCHAIN" /usr
    export RUSTUP_TOOLCHAIN=$DEBIAN_TOOLCHAIN
    echo "Rust is Debian's here. For plain cargo and trunk: export RUSTUP_TOOLCHAIN=$DEBIAN_TOOLCHAIN"
  else
    export PATH=/usr/bin:$PATH
    echo "Rust is Debian's here, in /usr/bin."
  fi
}

# The linker is a link into a package of its own, whose number changes with the compiler's.
install_debian_rust() {
  local linker
  debian_install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web
  linker=$(basename "$(readlink "$DEBIAN_LINKER")")
  [ -e "$DEBIAN_LINKER" ] || debian_install "$linker"
}

wasm_library_folder() {
  echo "$("$DEBIAN_RUSTC" --print sysroot)/lib/rustlib/$WASM_TARGET/lib"
}

# Bitcode has to be in the library, or linking with `lto = true` fails; `test` is for the browser
# tests. The compiler's own build switch is used for this one crate only.
build_wasm_standard_library() {
  local empty folder
  empty=$(mktemp -d)
  folder=$(wasm_library_folder)
  printf '[package]\nname = "empty"\nedition = "2021"\n[lib]\npath = "lib.rs"\n' >"$empty/Cargo.toml"
  : >"$empty/lib.rs"
  (cd "$empty" && RUSTFLAGS=-Cembed-bitcode=yes RUSTC_BOOTSTRAP=1 RUSTC=$DEBIAN_RUSTC \
    /usr/bin/cargo build --release --target "$WASM_TARGET" -Zbuild-std=std,panic_abort,test)
  as_root mkdir -p "$folder"
  as_root find "$folder" -name '*.rlib' -delete
  find "$empty/target/$WASM_TARGET/release/deps" -name '*.rlib' ! -name 'libempty-*' -print0 |
    as_root xargs -0 cp -t "$folder"
  "$DEBIAN_RUSTC" --version | as_root tee "$folder/built-by" >/dev/null
  rm -rf "$empty"
}
