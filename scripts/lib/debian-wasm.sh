# The second way to a compiler for wasm32, where rustup can't download: Debian's own Rust, with
# the standard library built once from its sources.

install_debian_wasm() {
  command -v apt-get >/dev/null || fail "neither rustup nor Debian's packages can give the target $WASM_TARGET."
  say "Installing Debian's Rust for wasm32 (usually 2 minutes)"
  debian_install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web
  debian_install "$(debian_linker_package)"
  build_wasm_standard_library
  rustup toolchain link "$DEBIAN_TOOLCHAIN" /usr
}

# The package of the linker to which rust-lld is a link: its number changes with the compiler's.
debian_linker_package() {
  local link
  link=$(find "$(/usr/bin/rustc --print sysroot)/lib/rustlib" -name rust-lld -print -quit 2>/dev/null)
  basename "$(readlink "$link" 2>/dev/null || echo lld-22)"
}

build_wasm_standard_library() {
  local empty libraries
  empty=$(mktemp -d)
  libraries=$(/usr/bin/rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib
  printf '[package]\nname = "empty"\nedition = "2021"\n[lib]\npath = "lib.rs"\n' >"$empty/Cargo.toml"
  : >"$empty/lib.rs"
  (cd "$empty" && RUSTFLAGS=-Cembed-bitcode=yes RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc \
    /usr/bin/cargo build --release --target "$WASM_TARGET" -Zbuild-std=std,panic_abort,test)
  mkdir -p "$libraries"
  find "$empty/target/$WASM_TARGET/release/deps" -name '*.rlib' ! -name 'libempty-*' \
    -exec cp {} "$libraries/" \;
  rm -rf "$empty"
}
