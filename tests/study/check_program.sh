#!/usr/bin/env bash
# The program as a user meets it: sub-commands, exit codes, one line for a mistake. bash check_program.sh DISCERN
set -euo pipefail
discern=$(realpath "${1:?usage: check_program.sh DISCERN}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
export ASAN_OPTIONS=detect_leaks=0 # a program that ends with a mistake need not tidy up

# expect CODE PATTERN ARGUMENT...: the exit code, and a line of the output or of the errors.
expect() {
  local code=$1 pattern=$2 actual=0
  shift 2
  "$discern" "$@" >out 2>err || actual=$?
  if [ "$actual" != "$code" ] || ! cat out err | grep -qE -e "$pattern"; then
    echo "discern $*: exit code $actual, expected $code and '$pattern'; got:"
    cat out err
    failures=$((failures + 1))
  elif [ "$code" = 2 ] && [ $# -gt 0 ] && [ "$(wc -l <err)" != 1 ]; then
    echo "discern $*: a user's mistake is one line, not"
    cat err
    failures=$((failures + 1))
  fi
}

cat >tiny.yaml <<'END'
data: {source: kdv}
train: {iterations: 3}
net: {layers: [4]}
END

expect 2 '^usage:'
expect 2 "no sub-command 'rum', did you mean run" rum tiny.yaml
expect 2 "no sub-command 'frobnicate'; " frobnicate
expect 0 '^  -output: ' help
expect 0 '^  -seed: ' run tiny.yaml -help
expect 0 '^petsc ' version
expect 0 '^petsc ' -v
expect 0 '^  kdv ' list
expect 0 '^  sbl' list
expect 2 'an input file comes first' run
expect 2 'nosuch.yaml' run nosuch.yaml
expect 2 'did you mean data_noise' run tiny.yaml -data_nosie 1
expect 2 'more|only 1 rank' run tiny.yaml -study_ranks_per_run 2
expect 2 'No such file or directory' run tiny.yaml -output nowhere/x.h5
expect 2 'needed' report
expect 2 'not an HDF5 file' report tiny.yaml
expect 2 'needed' data kdv
expect 0 'results in tiny.h5' run tiny.yaml -dry_run
[ ! -e tiny.h5 ] || { echo "a dry run has written tiny.h5"; failures=$((failures + 1)); }
expect 10 '^  found  u_t = ' run tiny.yaml
expect 0 '^  true   u_t = ' report tiny.h5
expect 10 '^    2/2 ' run tiny.yaml -sweep_seed 0-1 -output two.h5
expect 0 '^run 1  seed=1: not converged' report two.h5
expect 10 '^    1/1 |results in part0.h5' run tiny.yaml -sweep_seed 0-1 -study_part 0/2 -output part0.h5
expect 10 'results in part1.h5' run tiny.yaml -sweep_seed 0-1 -study_part 1/2 -output part1.h5
expect 10 '^joined.h5: 1 of 2 runs, from 1 file$' merge joined.h5 part0.h5
expect 10 '^joined.h5: 2 of 2 runs, from 2 files$' merge joined.h5 part1.h5 joined.h5
expect 0 '^run 1  seed=1: not converged' report joined.h5
expect 0 'kdv.h5: 2000 samples' data kdv -o kdv.h5
expect 10 '^  found  u_t = ' run tiny.yaml -data_source file -data_file kdv.h5 -output again.h5

exit $((failures > 0))
