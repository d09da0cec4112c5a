#!/usr/bin/env bash
# The shape of the source tree (DESIGN 5): what lies at the top level, which folder includes which, how long a file is.
# Prints one line for each breach; exits with 1 if there is any.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

files=$(git ls-files --cached --others --exclude-standard | sort -u | while read -r f; do
  if [ -e "$f" ]; then echo "$f"; fi
done)
sources=$(grep -E '^(src|include|tests)/.*\.(c|h|inc)$' <<<"$files")

breaches=$(
  cut -d/ -f1 <<<"$files" | sort -u |
    grep -vxE 'src|include|jobs|inputs|tests|cmake|CMakeLists\.txt|README\.md|\..*' | sed 's/$/: not allowed at the top level/'

  grep -E '^(src|include|tests|cmake|jobs|\.ci)/.*(\.[ch]|\.inc|\.cmake|\.sh|\.py|CMakeLists\.txt|/run)$' <<<"$files" |
    xargs wc -l | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 " lines; at most 700" }'

  # What a folder may include is what CMakeLists.txt links it to, directly or through others. The links are given in the
  # order of the folders, so that each can only name folders above it.
  # shellcheck disable=SC2086
  awk '
    function breach(text) { print FILENAME ":" FNR ": includes " header ": " text }
    FILENAME == "CMakeLists.txt" {
      if (!match($0, /^discern_folder\([^)]*\)/)) next
      n = split(substr($0, RSTART + 15, RLENGTH - 16), word, " ")
      below[word[1]] = " " word[1] " "
      for (i = 3; i <= n; i++) {
        if (!(word[i] in below)) print "CMakeLists.txt:" FNR ": " word[1] " links " word[i] ", which is not above it"
        below[word[1]] = below[word[1]] below[word[i]]
      }
      next
    }
    FNR == 1 {
      split(FILENAME, part, "/")
      root = part[1]
      folder = root == "include" ? part[3] : part[2]
      sub(/\.[ch]$/, "", folder)
    }
    match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*[>"]/) {
      header = substr($0, RSTART, RLENGTH)
      quoted = header ~ /"/
      gsub(/^[^<"]*[<"]|[>"]$/, "", header)
      split(header, part, "/")
      other = part[1] == "discern" ? part[2] : part[1]
      sub(/\.h$/, "", other)
      if (part[1] == "discern") {
        if (quoted) breach("public headers are written <discern/...>")
        if (folder == "discern" || folder == "main" || root == "tests") next # the umbrella, the program, tests: anything
        if (!index(below[folder], " " other " ")) breach(folder " may only include" below[folder])
      } else if (quoted && (other in below)) {
        if (other != folder && !(root == "tests" && folder == "bench")) breach("a private header of another folder")
      } else if (quoted && root == "src") {
        breach("private headers are written \"" folder "/...\"")
      } else if (root == "src" && folder ~ /^(sys|ad|data|net|library)$/ && header ~ /^petsc(mat|pc|ksp|snes|ts|tao|dm)/) {
        if (folder == "data" && header == "petscts.h") next # solutions that generated data consist of
        breach("no solver below regress")
      }
    }' CMakeLists.txt $sources
)

if [ -n "$breaches" ]; then
  echo "$breaches"
  exit 1
fi
echo "check_tree.sh: the tree is in order"
