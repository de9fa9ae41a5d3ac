# The tools beside the compiler. HIGHWATER_TOOLS moves the folder they are installed to, so that a
# first set-up can be tried on a machine that has them already; without it, it is cargo's own.

readonly TRUNK_VERSION=0.21.14
readonly BINARYEN_VERSION=132.0.0
readonly NODE_TOOLS=$ROOT/.tools

use_tools_folder() {
  if [ -n "${HIGHWATER_TOOLS:-}" ]; then
    export CARGO_INSTALL_ROOT=$HIGHWATER_TOOLS
    PATH=$HIGHWATER_TOOLS/bin:$PATH
  fi
  export PATH=$NODE_TOOLS/node_modules/.bin:$PATH
}

# Whether tool NAME is there in VERSION. With HIGHWATER_TOOLS only that folder counts.
has_tool() {
  local path
  path=$(command -v "$1") || return 1
  [ -z "${HIGHWATER_TOOLS:-}" ] || [[ $path == "$HIGHWATER_TOOLS"/* ]] || return 1
  "$path" --version | grep -qw -- "$2"
}

# Compiled fast rather than to be fast: these tools wait for files, not for themselves.
cargo_install() {
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install "$@"
}

need_trunk() {
  has_tool trunk "$TRUNK_VERSION" ||
    stage "Installing trunk $TRUNK_VERSION" "4 minutes" cargo_install "trunk@$TRUNK_VERSION" --locked
}

wasm_bindgen_version() {
  sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' "$ROOT/Cargo.lock"
}

need_wasm_bindgen() {
  local version
  version=$(wasm_bindgen_version)
  has_tool wasm-bindgen "$version" ||
    stage "Installing wasm-bindgen $version" "2 minutes" cargo_install "wasm-bindgen-cli@$version"
}

need_wasm_opt() {
  [ -x "$NODE_TOOLS/node_modules/.bin/wasm-opt" ] && return
  command -v npm >/dev/null || debian_install npm
  stage "Installing wasm-opt" "10 s" npm install --silent --no-audit --no-fund \
    --prefix "$NODE_TOOLS" "binaryen@$BINARYEN_VERSION"
}

need_browser() {
  command -v chromium >/dev/null && command -v chromedriver >/dev/null && return
  stage "Installing Chromium" "1 minute" debian_install chromium chromium-driver fonts-dejavu-core
}

# Everything that a build of the page needs.
need_page_tools() {
  need_cargo
  use_tools_folder
  need_wasm_target
  need_trunk
  need_wasm_bindgen
  need_wasm_opt
}

debian_install() {
  command -v apt-get >/dev/null || fail "please install $* with your system's package manager."
  local sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
