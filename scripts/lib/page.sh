# The published page: how it is built, and how heavy it is.

# build_page ARGUMENTS...: builds it for release. Where in the source a panic happens is left out,
# which takes some kB off: a fault of the page is shown with the run that repeats it, and the native
# program says where. The switch is not for stable users yet, hence RUSTC_BOOTSTRAP. The new mangling
# names functions with their types, by which `scripts/later.txt` tells them apart.
build_page() {
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zlocation-detail=none -Csymbol-mangling-version=v0" \
    trunk build --release --locked "$@"
}

# What a visitor waits for: the first part of the program, JS, CSS and HTML together, gzipped.
readonly FIRST_BYTES_MAX=300000
# What comes later, when a person begins to do something or a cluster compresses: no visitor waits for it,
# but a phone pays for it.
readonly LATER_BYTES_MAX=245000

weigh_page() {
  local file bytes first=0 later=0
  while IFS= read -r file; do
    bytes=$(gzip -9 -c "$file" | wc -c)
    case $file in
      dist/rest-* | dist/codecs-* | dist/avro-*) later=$((later + bytes)) ;;
      *) first=$((first + bytes)) ;;
    esac
    printf '%8d  %s\n' "$bytes" "$file"
  done < <(find dist -type f \( -name '*.wasm*' -o -name '*.js' -o -name '*.css' -o -name '*.html' \) | sort)
  echo "The first sight weighs $first bytes gzipped, fewer than $FIRST_BYTES_MAX are allowed;" \
    "later come $later, fewer than $LATER_BYTES_MAX are allowed."
  [ "$first" -gt 0 ] && [ "$first" -lt "$FIRST_BYTES_MAX" ] && [ "$later" -lt "$LATER_BYTES_MAX" ]
}
