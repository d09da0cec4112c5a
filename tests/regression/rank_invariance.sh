#!/usr/bin/env bash
# The same input makes the same results, bit for bit: on 1, 2 and 4 ranks, one or all of them to a run, and twice.
# bash rank_invariance.sh DISCERN PYTHON MPIEXEC NUMPROC_FLAG
set -euo pipefail
discern=$(realpath "${1:?usage: rank_invariance.sh DISCERN PYTHON MPIEXEC NUMPROC_FLAG}")
python=$2 mpiexec=$3 flag=$4
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# The equation is felt from the start, some samples are left out, and the last panel is not full.
cat >study.yaml <<'YAML'
data: {source: burgers, noise: 0.1, sampling: random, samples: 990, test_fraction: 0.1}
net: {layers: [20, 20]}
train: {iterations: 60, log_interval: 10}
sweep:
  precision: [double, single]
  seed: 0-1
YAML

# study OUTPUT RANKS RANKS_PER_RUN: 60 iterations are too few to converge, so the exit code is 10.
study() {
  local code=0
  "$mpiexec" "$flag" "$2" "$discern" run study.yaml -study_ranks_per_run "$3" -output "$1" >out 2>err || code=$?
  [ "$code" = 10 ] || { cat out err; echo "$2 ranks, $3 a run: exit code $code, not 10"; exit 1; }
}

study first.h5 1 1
study again.h5 1 1
study two_alone.h5 2 1
study two_together.h5 2 2
study four_alone.h5 4 1
study four_together.h5 4 4
"$python" "$here/same_bits.py" first.h5 again.h5 two_alone.h5 two_together.h5 four_alone.h5 four_together.h5
