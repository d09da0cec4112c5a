#!/usr/bin/env bash
# How fast more ranks are: a CSV and a figure. In a Slurm job (scaling.sbatch) or on one machine:
#   bash jobs/scaling.sh INPUT.yaml [-key value ...]
# strong     one run, the first of the input, on 1, 2, 4, ... ranks
# weak       the same with samples in proportion to the ranks; all of the input's on the most
# ensemble   all runs of the input's sweep (eight seeds a rank where it has none) on 1, 2, 4, ... groups of ranks
# Strong and weak runs make all of train_iterations (no early stop); their seconds are those of the run, without start-up
# of the program. An ensemble's are of the whole launch. Each is done three times; the median counts.
#
# From the environment:
#   DISCERN_RANKS            the most ranks: those of the job, or the number of cores
#   DISCERN_RANKS_PER_RUN    ranks of a group of the ensemble: 1
#   DISCERN_MODES            which of "strong weak ensemble"
#   DISCERN_REPEATS          3
#   DISCERN_SCALING          folder of scaling.csv, logs and figures: scaling-INPUT
set -euo pipefail
home=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
source "$home/jobs/common.sh"
[ $# -ge 1 ] || complain "no input file: bash jobs/scaling.sh INPUT.yaml [-key value ...]"

most=${DISCERN_RANKS:-${SLURM_NTASKS:-$(env -u OMP_NUM_THREADS nproc)}}
each=${DISCERN_RANKS_PER_RUN:-1}
repeats=${DISCERN_REPEATS:-3}
input=$1
folder=${DISCERN_SCALING:-scaling-$(basename "${input%.*}")}
csv=$folder/scaling.csv
shift
options=("$@")

# launch RANKS [-key value ...]: the program on so many ranks, on as few nodes as hold them. 10: not all runs converged.
launch() {
  local ranks=$1 code=0 nodes=() log=$folder/last.log
  shift
  if [ "${launcher[0]##*/}" = srun ]; then
    local per_node=$(((most + SLURM_JOB_NUM_NODES - 1) / SLURM_JOB_NUM_NODES))
    nodes=(--nodes=$(((ranks + per_node - 1) / per_node)))
  fi
  "${launcher[@]}" "${nodes[@]}" -n "$ranks" "$discern" run "$input" "${options[@]}" "$@" >"$log" 2>&1 || code=$?
  [ $code = 0 ] || [ $code = 10 ] || { cat "$log" >&2; say "code $code on $ranks ranks: $*"; exit "$code"; }
}

# number_after PATTERN: the first match of its group in the last log.
number_after() {
  local found
  found=$(sed -nE "s/$1/\1/p;T;q" "$folder/last.log")
  [ -n "$found" ] || { say "no line like '$1' in $folder/last.log"; exit 1; }
  echo "$found"
}

# median NUMBER...
median() { printf '%s\n' "$@" | sort -g | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

now() { echo "${EPOCHREALTIME/,/.}"; }

one_run() { # RANKS [-key value ...]: sets seconds
  local ranks=$1
  shift
  launch "$ranks" -study_ranks_per_run "$ranks" -stop_patience 0 -output "$folder/last.h5" "$@"
  seconds=$(number_after '^run [0-9]+.*: [a-z ]+, ([0-9.]+) s, [0-9]+ iterations.*')
}

all_runs() { # RANKS [-key value ...]: sets seconds
  local ranks=$1 start
  shift
  start=$(now)
  launch "$ranks" -study_ranks_per_run "$each" -output "$folder/last.h5" "$@"
  seconds=$(awk "BEGIN { print $(now) - $start }")
}

# measure MODE RANKS RANKS_PER_RUN COMMAND...: a row; speed-up and efficiency are against the mode's first row.
measure() {
  local mode=$1 ranks=$2 per_run=$3 times=()
  shift 3
  for _ in $(seq "$repeats"); do
    "$@"
    times+=("$seconds")
  done
  awk -F, -v OFS=, -v mode="$mode" -v ranks="$ranks" -v each="$per_run" -v t="$(median "${times[@]}")" '
    $1 == mode && !n { n = $2; t1 = $4 }
    END {
      if (!n) { n = ranks; t1 = t }
      work = mode == "weak" ? ranks / n : 1
      print mode, ranks, each, t, work * t1 / t, work * t1 / t * n / ranks
    }' "$csv" >"$folder/row"
  cat "$folder/row" >>"$csv"
  cat "$folder/row"
  rm "$folder/row"
}

# The last, and the powers of two before it, times a number.
counts() {
  local n
  for ((n = $1; n < most; n *= 2)); do echo "$n"; done
  echo "$most"
}

mkdir -p "$folder"
launch 1 -dry_run
runs=$(number_after '^study: ([0-9]+) runs? on .*')
samples=$(number_after '^samples: +([0-9]+) to train.*')
first=() sweep=()
if [ "$runs" -gt 1 ]; then first=(-study_filter run=0); else sweep=(-sweep_seed "0-$((8 * most - 1))"); fi

say "scaling of $input ${options[*]} on up to $most ranks, to $csv"
echo "mode,ranks,ranks_per_run,seconds,speedup,efficiency" | tee "$csv"
for mode in ${DISCERN_MODES:-strong weak ensemble}; do
  case $mode in
  strong) for n in $(counts 1); do measure strong "$n" "$n" one_run "$n" "${first[@]}"; done ;;
  weak)
    for n in $(counts 1); do
      measure weak "$n" "$n" one_run "$n" "${first[@]}" -data_sampling random -data_samples $((samples * n / most))
    done
    ;;
  ensemble) for n in $(counts "$each"); do measure ensemble "$n" "$each" all_runs "$n" "${sweep[@]}"; done ;;
  *) complain "DISCERN_MODES: '$mode' is not one of strong, weak, ensemble" ;;
  esac
done
rm -f "$folder/last.h5" "$folder/last.log"
"$discern" plot "$csv" -o "$folder" || say "no figure: $discern plot $csv -o $folder"
