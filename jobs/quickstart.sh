#!/usr/bin/env bash
# From a bare Debian 12 to a discovered equation: installs what is missing, builds, runs one small study on two ranks and
# prints its report. Further arguments are options of the run: bash jobs/quickstart.sh -data_noise 0.1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/environment.sh

results=results/quickstart.h5

echo "[1/4] packages"
bash cmake/install_debian.sh
echo "[2/4] building build/discern"
mkdir -p build results
quietly() { # COMMAND...: its output only if it fails
  "$@" >build/quickstart.log 2>&1 || { cat build/quickstart.log >&2; echo "quickstart.sh: '$*' failed" >&2; exit 1; }
}
quietly cmake -S . -B build -DCMAKE_BUILD_TYPE=Release
quietly cmake --build build --target discern
echo "[3/4] mpiexec -n 2 build/discern run inputs/quickstart.yaml -study_ranks_per_run 2 -output $results $*"
status=0
mpiexec -n 2 build/discern run inputs/quickstart.yaml -study_ranks_per_run 2 -output "$results" "$@" || status=$?
# 10: finished, though not every run converged; the report says which
[ $status -eq 0 ] || [ $status -eq 10 ] || exit $status
echo "[4/4] build/discern report $results"
build/discern report "$results"
exit $status
