#!/usr/bin/env bash
# Every symbol that a library of discern offers to others starts with Dsc: bash tests/check_symbols.sh BUILD_DIRECTORY
set -euo pipefail
build=${1:?usage: check_symbols.sh BUILD_DIRECTORY}

shopt -s nullglob
libraries=("$build"/libdiscern_*.a)
[ ${#libraries[@]} -gt 0 ] || { echo "check_symbols.sh: no libdiscern_*.a in $build" >&2; exit 1; }

breaches=$(for library in "${libraries[@]}"; do
  nm --extern-only --defined-only "$library" | awk -v library="$library" \
    'NF == 3 && $3 !~ /^Dsc/ { print library ": public symbol without prefix Dsc: " $3 }'
done)
if [ -n "$breaches" ]; then
  echo "$breaches"
  exit 1
fi
echo "check_symbols.sh: ${#libraries[@]} libraries in order"
