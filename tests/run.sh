#!/usr/bin/env bash
# Sets up, builds (Release, in build/) and runs every test but the long ones and the benchmarks; further arguments go to
# ctest: bash tests/run.sh -R sys. The others: ctest --test-dir build -L long (or bench), after this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/environment.sh

bash cmake/install_debian.sh
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DDISCERN_TESTS=ON
cmake --build build
exec ctest --test-dir build --parallel "$(env -u OMP_NUM_THREADS nproc)" --output-on-failure --no-tests=error --label-exclude '^(long|bench)$' "$@"
