# All parts of the scripts, for a script that has set ROOT to the root of the repository.

for part in say debian debian-wasm rust tools browser page referee kafka; do
  # shellcheck source=/dev/null
  . "$ROOT/scripts/lib/$part.sh"
done

# What it takes to build the page.
need_page_tools() {
  need_wasm_target
  need_build_tools
}
