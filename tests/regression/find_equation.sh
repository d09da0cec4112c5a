#!/usr/bin/env bash
# An input finds its equation: all runs of it the true terms and no other, with coefficients within a tolerance.
# bash find_equation.sh DISCERN PYTHON EQUATION TOLERANCE INPUT.yaml [-key value ...]
set -euo pipefail
discern=$(realpath "${1:?usage: find_equation.sh DISCERN PYTHON EQUATION TOLERANCE INPUT.yaml [-key value ...]}")
python=$2 equation=$3 tolerance=$4
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
shift 4
results=$(mktemp)
trap 'rm -f "$results"' EXIT

"$discern" run "$@" -output "$results"
"$python" "$here/found_equation.py" "$results" "$equation" "$tolerance"
