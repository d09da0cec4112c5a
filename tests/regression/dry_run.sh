#!/usr/bin/env bash
# Every input file in a folder is valid and its plan can be made, with no file left behind.
# bash dry_run.sh DISCERN FOLDER [-key value ...]; with the name of one file in place of the folder, only that.
set -euo pipefail
discern=$(realpath "${1:?usage: dry_run.sh DISCERN FOLDER [-key value ...]}")
inputs=$(find "$2" -name '*.yaml' | sort)
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0 done=0
for input in $inputs; do
  # one that reads a file of the user's runs where that file is given
  if [ $# = 0 ] && grep -qE '^ +file:' "$input"; then continue; fi
  code=0
  "$discern" run "$input" -dry_run "$@" >out 2>&1 || code=$?
  if [ "$code" != 0 ] || ! grep -q '^study: ' out || [ -e "$(basename "$input" .yaml).h5" ]; then
    echo "$input: exit code $code"
    cat out
    failures=$((failures + 1))
  fi
  done=$((done + 1))
done
echo "$done inputs, $failures failures"
[ "$done" -gt 0 ] && [ "$failures" = 0 ]
