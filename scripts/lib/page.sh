# The published page: how it is built, and how heavy it is.

# build_page ARGUMENTS...: builds it for release. Where in the source a panic happens is left out,
# which takes some kB off: a fault of the page is shown with the run that repeats it, and the native
# program says where. The switch is not for stable users yet, hence RUSTC_BOOTSTRAP.
build_page() {
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=-Zlocation-detail=none \
    trunk build --release --locked "$@"
}

# The goal is 300000. This is what the page weighs, and a little for the paths of other machines in
# it: it may only be lowered.
readonly PAGE_BYTES_MAX=364000

# The program (packed, or plain wasm), JS, CSS and HTML together, gzipped, are what a visitor waits
# for; not the Avro library, which is fetched when somebody writes Avro.
weigh_page() {
  local file bytes sum=0
  while IFS= read -r file; do
    bytes=$(gzip -9 -c "$file" | wc -c)
    sum=$((sum + bytes))
    printf '%8d  %s\n' "$bytes" "$file"
  done < <(find dist -type f \( -name '*.wasm*' -o -name '*.js' -o -name '*.css' -o -name '*.html' \) \
    ! -name 'avro-*.js' | sort)
  echo "The page weighs $sum bytes gzipped; fewer than $PAGE_BYTES_MAX are allowed."
  [ "$sum" -gt 0 ] && [ "$sum" -lt "$PAGE_BYTES_MAX" ]
}
