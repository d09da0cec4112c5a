#!/usr/bin/env bash
# An input finds its equation: all runs of it the true terms and no other, with coefficients within a tolerance.
# bash find_equation.sh DISCERN PYTHON TOLERANCE INPUT.yaml [-key value ...]
set -euo pipefail
discern=$(realpath "${1:?usage: find_equation.sh DISCERN PYTHON TOLERANCE INPUT.yaml [-key value ...]}")
python=$2 tolerance=$3
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
shift 3
results=$(mktemp)
trap 'rm -f "$results"' EXIT

"$discern" run "$@" -output "$results"
"$python" "$here/found_equation.py" "$results" "$tolerance"
