# The built page: how heavy it is.

# The goal is 300000. This is what the page weighs, and a little for the paths of other machines in
# it: it may only be lowered.
readonly PAGE_BYTES_MAX=388000

# The program (packed, or plain wasm), JS, CSS and HTML together, gzipped, are what a visitor waits
# for.
weigh_page() {
  local file bytes sum=0
  while IFS= read -r file; do
    bytes=$(gzip -9 -c "$file" | wc -c)
    sum=$((sum + bytes))
    printf '%8d  %s\n' "$bytes" "$file"
  done < <(find dist -type f \( -name '*.wasm*' -o -name '*.js' -o -name '*.css' -o -name '*.html' \) | sort)
  echo "The page weighs $sum bytes gzipped; fewer than $PAGE_BYTES_MAX are allowed."
  [ "$sum" -gt 0 ] && [ "$sum" -lt "$PAGE_BYTES_MAX" ]
}
