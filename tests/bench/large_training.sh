#!/usr/bin/env bash
# A network trained on 10^6 points of a file, replicated and sharded, on 1 and 2 ranks: seconds an iteration and the
# largest memory of any rank, as CSV, beside what -dry_run foretells. Sharded numbers must not depend on the ranks.
#   bash large_training.sh DISCERN [ITERATIONS [POINTS_A_SIDE]]
# The grid is Korteweg-de Vries with two solitons, 1000 x 1000 doubles, noise 10 %; the network is the default one.
# Needs GNU time.
set -euo pipefail
discern=$(realpath "${1:?usage: large_training.sh DISCERN [ITERATIONS [POINTS_A_SIDE]]}")
iterations=${2:-5}
side=${3:-1000}
# shellcheck source=cmake/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../cmake/environment.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

"$discern" data kdv -o grid.h5 -kdv_t_points "$side" -kdv_x_points "$side" >/dev/null
cat >large.yaml <<YAML
data: {file: grid.h5, noise: 0.1}
train: {memory_limit: 64, log_interval: 1}
YAML

# train RANKS DISTRIBUTION ITERATIONS: the results in r.h5, the report in r.txt, kilobytes of each rank in peak.N
train() {
  rm -f peak.*
  # shellcheck disable=SC2016 # for the inner shell; exit code 10: so few iterations do not converge
  mpiexec -q -n "$1" bash -c \
    'exec env time -q -f %M -o "peak.$OMPI_COMM_WORLD_RANK" "$@"' - \
    "$discern" run large.yaml -data_distribution "$2" -train_iterations "$3" -study_ranks_per_run "$1" \
    -output r.h5 >log.txt 2>err.txt || [ $? = 10 ] || { cat err.txt; exit 1; }
  "$discern" report r.h5 >r.txt
}
seconds() { sed -n 's/^run 0: .*, \([0-9.]*\) s, [0-9]* iterations.*/\1/p' r.txt; }

echo "distribution,ranks,seconds_per_iteration,peak_MB_per_rank,planned_MB_per_rank,coefficients"
for ranks in 1 2; do
  for distribution in replicated sharded; do
    train "$ranks" "$distribution" 0
    begin=$(seconds)
    train "$ranks" "$distribution" "$iterations"
    planned=$(mpiexec -q -n "$ranks" "$discern" run large.yaml -data_distribution "$distribution" -dry_run \
      -study_ranks_per_run "$ranks" |
      sed -n 's/^rank 0:.* \([0-9.]*\) MB of workspaces, \([0-9.]*\) MB of data$/\1 \2/p' | awk '{ print $1 + $2 }')
    awk -v d="$distribution" -v r="$ranks" -v a="$begin" -v b="$(seconds)" -v n="$iterations" -v planned="$planned" \
      -v sum="$(grep found r.txt | md5sum | cut -c1-8)" \
      '{ peak = $1 > peak ? $1 : peak }
       END { printf "%s,%d,%.2f,%.0f,%.0f,%s\n", d, r, (b - a) / n, peak / 1024, planned, sum }' peak.*
  done
done
