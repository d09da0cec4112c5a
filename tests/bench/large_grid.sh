#!/usr/bin/env bash
# Equations from grids that no rank holds whole, on two ranks: 10^8 points of Korteweg-de Vries in one pass, and a noisy
# grid whose POD is too large for one rank's -memory_limit but not for two. Prints the equations, the seconds and the
# peak resident memory of each rank; needs 1 GB in the temporary folder and python3-h5py.
# bash large_grid.sh DISCERN [POINTS_PER_AXIS] [contiguous|chunked]
set -euo pipefail
discern=$(realpath "${1:?usage: large_grid.sh DISCERN [POINTS_PER_AXIS] [contiguous|chunked]}")
points=${2:-10000} layout=${3:-contiguous}
python=${PYTHON:-/usr/bin/python3}
source "$(dirname "${BASH_SOURCE[0]}")/../../cmake/environment.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

cat >write.py <<'PYTHON'
"""write.py kdv|waves PATH TIMES POINTS LAYOUT: in pieces, as a simulation would."""
import sys
import h5py
import numpy as np

kind, path, nt, nx, layout = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
t, x = (np.linspace(0.1, 3, nt), np.linspace(-6, 7, nx)) if kind == "kdv" else (0.02 * np.arange(nt), 0.3 * np.arange(nx))


def kdv(t):
    """Two solitons, as in src/data/generator_kdv.c."""
    c, x0 = (5.0, 2.0), (-5.0, 0.0)
    a, b = (0.5 * c[i] ** 0.5 * (x - c[i] * t - x0[i]) for i in (0, 1))
    m = abs(a) + abs(b)
    cosh, sinh = (lambda z, s=s: 0.5 * (np.exp(z - m) + s * np.exp(-z - m)) for s in (1, -1))
    r0, r1 = c[0] ** 0.5, c[1] ** 0.5
    below = (r0 - r1) * cosh(a + b) + (r0 + r1) * cosh(a - b)
    return 2 * (c[0] - c[1]) * (c[0] * cosh(b) ** 2 + c[1] * sinh(a) ** 2) / below**2


def waves(t):
    """u_t = -u_x + 0.05 u_xx, a matrix of rank 10."""
    return sum(np.exp(-0.05 * k * k * t) * np.sin(k * (x - t) + 7 * k) for k in (0.5, 0.75, 1.0, 1.25, 1.5))


with h5py.File(path, "w") as file:
    file["t"], file["x"] = t, x
    u = file.create_dataset("u", (nt, nx), "f8", chunks=(min(nt, 100), min(nx, 1000)) if layout == "chunked" else None)
    for i in range(0, nt, 100):
        u[i : i + 100] = (kdv if kind == "kdv" else waves)(t[i : i + 100, None])
PYTHON

cat >peak.py <<'PYTHON'
"""Runs a command and says what it needed at most."""
import os, resource, subprocess, sys

code = subprocess.call(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"rank {os.environ['OMPI_COMM_WORLD_RANK']}: peak resident memory {peak:.0f} MB", flush=True)
sys.exit(code)
PYTHON

# run RANKS key value ...
run() {
  mpiexec -q -n "$1" "$python" peak.py "$discern" run grid.yaml -study_ranks_per_run "$1" "${@:2}" -output results.h5 |
    grep -E '^run|found|peak|rank 0|POD'
}
cat >grid.yaml <<'YAML'
data: {source: file, file: grid.h5, axes: 't,x'}
approximator: finite_difference
YAML

echo "==== $points x $points points, $layout, 20 terms, 2 ranks of at most 1024 MB"
"$python" write.py kdv grid.h5 "$points" "$points" "$layout"
run 2 -library_polynomial 3 -library_derivative 4 -memory_limit 1024

modes=(-library_polynomial 2 -library_derivative 2 -data_noise 0.03)
echo "==== 50000 points x 1000 times (381 MB) with 3% noise: without POD, then with it on ranks of at most 320 MB"
"$python" write.py waves grid.h5 1000 50000 "$layout"
run 2 "${modes[@]}" -memory_limit 320
mpiexec -q -n 1 "$discern" run grid.yaml "${modes[@]}" -pod_rank -1 -memory_limit 320 -output results.h5 >/dev/null || true
run 2 "${modes[@]}" -pod_rank -1 -memory_limit 320
