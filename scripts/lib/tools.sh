# The tools beside the compiler: trunk, wasm-bindgen, wasm-opt, and what packs the page.
#
# They go to cargo's own folder. HIGHWATER_TOOLS_ROOT moves them elsewhere, and then only what is
# there counts: so a first set-up can be tried on a machine that has them already.
# HIGHWATER_PREBUILT=0 compiles trunk and wasm-bindgen even where they can be downloaded.

readonly TRUNK_VERSION=0.21.14
readonly BINARYEN_VERSION=132
readonly ESBUILD_VERSION=0.28.2
readonly LZMA_VERSION=0.3.0
# The Avro library, and node's Buffer for it.
readonly AVSC_VERSION=5.7.9
readonly BUFFER_VERSION=6.0.3

need_build_tools() {
  need_trunk
  need_wasm_bindgen
  need_wasm_opt
  need_packers
  need_avro
}

tools_root() {
  echo "${HIGHWATER_TOOLS_ROOT:-${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}}"
}

use_tools_root() {
  mkdir -p "$(tools_root)/bin"
  PATH=$(tools_root)/bin:$PATH
  export PATH
}

# Whether tool NAME is there in VERSION.
has_tool() {
  local path
  path=$(command -v "$1") || return 1
  [ -z "${HIGHWATER_TOOLS_ROOT:-}" ] || [[ $path == "$HIGHWATER_TOOLS_ROOT"/* ]] || return 1
  "$path" --version | grep -qwF -- "$2"
}

need_trunk() {
  has_tool trunk "$TRUNK_VERSION" ||
    stage "Installing trunk $TRUNK_VERSION" "4 minutes where it must be compiled" install_trunk
}

install_trunk() {
  download_tools "https://github.com/trunk-rs/trunk/releases/download/v$TRUNK_VERSION/trunk-x86_64-unknown-linux-gnu.tar.gz" trunk ||
    compile_tool "trunk@$TRUNK_VERSION" --locked
}

# The tool must be of the very version of the library in Cargo.lock.
need_wasm_bindgen() {
  local version
  version=$(locked_version wasm-bindgen)
  has_tool wasm-bindgen "$version" ||
    stage "Installing wasm-bindgen $version" "2 minutes where it must be compiled" \
      install_wasm_bindgen "$version"
}

install_wasm_bindgen() {
  download_tools "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/$1/wasm-bindgen-$1-x86_64-unknown-linux-musl.tar.gz" \
    wasm-bindgen wasm-bindgen-test-runner || compile_tool "wasm-bindgen-cli@$1"
}

locked_version() {
  sed -n "/^name = \"$1\"\$/{n;s/version = \"\(.*\)\"/\1/p}" "$ROOT/Cargo.lock"
}

need_wasm_opt() {
  has_tool wasm-opt "$BINARYEN_VERSION" ||
    stage "Installing wasm-opt $BINARYEN_VERSION" "10 s" install_with_npm \
      "binaryen@$BINARYEN_VERSION.0.0"
}

# What the published page is packed with, and unpacked by in the browser.
need_packers() {
  command -v xz >/dev/null || stage "Installing xz" "10 s" debian_install xz-utils
  { has_tool esbuild "$ESBUILD_VERSION" && [ -e "$(tools_root)/lib/node_modules/lzma1" ]; } ||
    stage "Installing esbuild $ESBUILD_VERSION" "5 s" install_with_npm \
      "esbuild@$ESBUILD_VERSION" "lzma1@$LZMA_VERSION"
}

# What writes and reads Avro in the page, and in the test of it.
need_avro() {
  { has_node_package avsc "$AVSC_VERSION" && has_node_package buffer "$BUFFER_VERSION"; } ||
    stage "Installing avsc $AVSC_VERSION" "3 s" install_with_npm \
      "avsc@$AVSC_VERSION" "buffer@$BUFFER_VERSION"
}

install_with_npm() {
  command -v npm >/dev/null || debian_install npm
  npm install --silent --no-audit --no-fund --global --prefix "$(tools_root)" "$@" ||
    fail "npm could not install $*: it says why above, or the network is not there."
}

node_packages() {
  echo "$(tools_root)/lib/node_modules"
}

# Whether package NAME of node is there in VERSION.
has_node_package() {
  grep -qsF "\"version\": \"$2\"" "$(node_packages)/$1/package.json"
}

# download_tools URL NAME...: puts the named programs of a release into the tools' folder. Fails
# quickly, and quietly, where the release can't be had: then they are compiled.
download_tools() {
  local url=$1 folder path name
  shift
  [ "${HIGHWATER_PREBUILT:-1}" = 1 ] && [ "$(uname -sm)" = "Linux x86_64" ] &&
    command -v curl >/dev/null || return 1
  folder=$(mktemp -d)
  if ! curl -sfL --connect-timeout 5 --max-time 120 "$url" | tar -xz -C "$folder" 2>/dev/null; then
    rm -rf "$folder"
    return 1
  fi
  for name in "$@"; do
    path=$(find "$folder" -type f -name "$name" -print -quit)
    "$path" --version >/dev/null && install -m 755 "$path" "$(tools_root)/bin/$name" || return 1
  done
  rm -rf "$folder"
}

# Compiled fast rather than to be fast: these tools wait for files, not for themselves.
compile_tool() {
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet --root "$(tools_root)" "$@"
}
