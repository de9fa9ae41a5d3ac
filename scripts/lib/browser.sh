# A headless Chromium and its driver, for the tests that need a browser, and those who judge pages.

readonly AXE_VERSION=4.14.1
readonly LIGHTHOUSE_VERSION=12.8.2

need_browser() {
  [ -n "${CHROMEDRIVER:-}" ] || CHROMEDRIVER=$(command -v chromedriver || true)
  if [ -z "$CHROMEDRIVER" ] || ! has_chromium; then
    stage "Installing Chromium" "1 minute" debian_install chromium chromium-driver fonts-dejavu-core
    CHROMEDRIVER=$(command -v chromedriver)
  fi
  export CHROMEDRIVER
}

has_chromium() {
  command -v chromium >/dev/null || command -v google-chrome >/dev/null
}

# axe-core judges every screen in the tests of the built page.
need_axe() {
  has_node_package axe-core "$AXE_VERSION" ||
    stage "Installing axe-core $AXE_VERSION" "5 s" install_with_npm "axe-core@$AXE_VERSION"
  HIGHWATER_AXE=$(node_packages)/axe-core/axe.min.js
  export HIGHWATER_AXE
}

need_lighthouse() {
  has_node_package lighthouse "$LIGHTHOUSE_VERSION" ||
    stage "Installing Lighthouse $LIGHTHOUSE_VERSION" "15 s" \
      install_with_npm "lighthouse@$LIGHTHOUSE_VERSION"
}

# judge_page CATEGORY=LEAST...: judges the page in dist, on a phone and on a desktop.
judge_page() {
  [ -n "${CHROME_PATH:-}" ] || CHROME_PATH=$(command -v chromium || command -v google-chrome)
  CHROME_PATH=$CHROME_PATH node "$ROOT/scripts/lib/lighthouse.mjs" "$(node_packages)" "$ROOT/dist" "$@"
}
