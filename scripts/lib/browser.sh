# A headless Chromium and its driver, for the tests that need a browser.

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
