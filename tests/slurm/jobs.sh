#!/usr/bin/env bash
# The job scripts under a real Slurm of two nodes: jobs end with the right states, studies that are stopped by the time
# limit, by a signal, by a dead rank or by scancel go on to the same bits as a direct run, and nothing is left behind.
# bash jobs.sh DISCERN PYTHON MPIEXEC NUMPROC_FLAG
set -euo pipefail
discern=$(realpath "${1:?usage: jobs.sh DISCERN PYTHON MPIEXEC NUMPROC_FLAG}")
python=$2 mpiexec=$3 flag=$4
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")") cluster=
home=$(realpath "$here/../..")
jobs=$home/jobs
source "$here/cluster.sh"

missing=$(cluster_missing)
if [ -n "$missing" ]; then
  echo "skipped: the test starts munge and Slurm as root; missing: ${missing//$'\n'/, } (apt install slurm-wlm munge)"
  exit 77
fi

scratch=$(mktemp -d)
chmod 755 "$scratch" # munge insists
reason=
finish() {
  local code=$?
  trap - EXIT INT TERM
  if [ $code != 0 ]; then
    tail -n 12 "$scratch"/work/*.log | cut -c1-120 || true
    echo "$reason" # again, where a reader looks first
  fi
  cluster_stop || true
  rm -rf "$scratch"
  exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM
set -E
trap 'reason="FAILED: line $LINENO: $BASH_COMMAND"; echo "$reason"' ERR
mkdir "$scratch/work"
cd "$scratch/work"

fail() {
  reason="FAILED: $*"
  echo "$reason"
  exit 1
}

# A study of twelve runs of about a second, so that an array's task of four on two ranks is still at work when it is held,
# also on a fast machine. None converges in its iterations: code 10.
cat >study.yaml <<'YAML'
data: {source: burgers, noise: 0.1, sampling: random, samples: 990, test_fraction: 0.1}
net: {layers: [20, 20]}
train: {iterations: 1200, log_interval: 10}
stop_patience: 1000
checkpoint_interval: 0.2
sweep:
  precision: [double, single]
  seed: 0-5
YAML
cat >site.env <<'SITE'
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
# The 'nodes' talk over TCP; Debian switches off the windows that work there.
export OMPI_MCA_btl=self,tcp OMPI_MCA_osc=^monitoring
SITE
export DISCERN=$discern DISCERN_SITE=$PWD/site.env
export SLURM_WAIT=3 # seconds that the other ranks get when one has died

# show JOB FIELD: of scontrol, 'JobState', 'ExitCode', ...
show() { scontrol show job "$1" | sed -nE "s/^.*\b$2=([^ ]*).*$/\1/p;T;q"; }

has_ended() { [[ $(show "$1" JobState) =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|BOOT_FAIL)$ ]]; }

is_pending() { [ "$(show "$1" JobState)" = PENDING ]; }

# expect JOB STATE CODE RESTARTS WHAT: once it has ended.
expect() {
  local found
  cluster_wait 120 has_ended "$1" || fail "$5: job $1 has not ended but is $(show "$1" JobState)"
  found="$(show "$1" JobState) $(show "$1" ExitCode) $(show "$1" Restarts)"
  [ "$found" = "$2 $3:0 $4" ] || fail "$5: job $1 ended as '$found', not as '$2 $3:0 $4'"
  echo "$SECONDS s: $5: $found"
}

# ranks_of JOB: process numbers
ranks_of() {
  local comm
  (grep -lsx discern /proc/[0-9]*/comm || true) | while read -r comm; do # others' processes come and go
    if grep -qsz "^DISCERN_TEST_CLUSTER=$cluster\$" "${comm%comm}environ" &&
      grep -qsz "^SLURM_JOB_ID=$1\$" "${comm%comm}environ"; then echo "${comm//[!0-9]/}"; fi
  done
}

has_line() { grep -qE "$2" "$1" 2>/dev/null; } # FILE PATTERN

# hold JOB LOG PATTERN: waits for that line, then stops the ranks where they are, so that what comes next is sure to meet
# the study in the middle. release JOB: lets them go on.
finished='^ *[1-9][0-9]*/[0-9]+ ' # the line of a finished run
hold() {
  CLUSTER_POLL=0.02 cluster_wait 60 has_line "$2" "$3" || fail "job $1 does not get as far as '$3': $2"
  ranks_of "$1" | xargs kill -STOP || fail "job $1 has no ranks: $(show "$1" JobState)"
}
release() { ranks_of "$1" | xargs -r kill -CONT; }

# requeued JOB [FIELD=VALUE]: once it is queued again, begins it without the two minutes that Slurm would let it wait; but
# not in the second of its end, when the node still takes it for the job that has just been killed.
requeued() {
  cluster_wait 60 is_pending "$1" || fail "job $1 was not queued again but is $(show "$1" JobState)"
  sleep 2
  scontrol update jobid="$1" starttime=now "${@:2}"
}

cluster_start "$scratch/cluster"
echo "$SECONDS s: two nodes are up"

# The time limit, of which Slurm warns at its next look, every 30 s. The job gets more time when it starts again.
limit=$(sbatch --parsable --nodes=2 --ntasks-per-node=1 --time=2 --signal=B:USR1@120 "$jobs/study.sbatch" study.yaml \
  -output limit.h5)
hold "$limit" "discern-study-$limit.log" "$finished"
code=0
timeout 300 "$mpiexec" "$flag" 2 "$discern" run study.yaml -output direct.h5 >direct.log 2>&1 || code=$?
[ $code = 10 ] || fail "the direct run ended with code $code: $(cat direct.log)"
echo "$SECONDS s: direct run"
cluster_wait 60 has_line "discern-study-$limit.log" 'signal: ' || fail "no signal before the time limit"
release "$limit"
requeued "$limit" timelimit=10

# One job, with srun and, over both nodes, with mpirun; the latter is signalled and submitted again.
single=$(sbatch --parsable "$jobs/single.sbatch" study.yaml -output single.h5)
mpirun=$(DISCERN_LAUNCHER="mpirun -q" sbatch --parsable --nodes=2 "$jobs/single.sbatch" study.yaml -output mpirun.h5)
hold "$mpirun" "discern-$mpirun.log" "$finished"
scancel --batch --signal=USR1 "$mpirun"
release "$mpirun"
expect "$mpirun" FAILED 20 0 "single.sbatch, mpirun, signalled"
mpirun=$(DISCERN_LAUNCHER="mpirun -q" sbatch --parsable --nodes=2 "$jobs/single.sbatch" study.yaml -output mpirun.h5 \
  -restart)
expect "$mpirun" FAILED 10 0 "single.sbatch, mpirun, again with -restart"
expect "$single" FAILED 10 0 "single.sbatch, srun"
wrong=$(sbatch --parsable "$jobs/study.sbatch" study.yaml -train_iteration 3)
expect "$wrong" FAILED 2 0 "study.sbatch, mistake in the input"

# An array, the last task of which is stopped and queues itself again; the merge waits for it.
array=$(sbatch --parsable --array=0-2 "$jobs/array.sbatch" study.yaml -output merged.h5)
merge=$(sbatch --parsable --dependency="afterok:$array" "$jobs/merge.sbatch" study.yaml -output merged.h5)
task=${array}_2 # the last one has the array's own job number
log=discern-array-$task.log
hold "$array" "$log" "^iteration:"
scancel --batch --signal=USR1 "$task"
release "$array"
requeued "$task"
expect "$merge" COMPLETED 0 0 "array.sbatch, one task requeued, and merge.sbatch"
[ "$(show "${array}_0" Restarts) $(show "${array}_1" Restarts)" = "0 0" ] || fail "other tasks were requeued, too"
rm merged.part_{0,1,2}.h5

# A rank dies; the same line again; somebody cancels it, which must not be answered by a requeue; the same line again.
again() { sbatch --parsable --nodes=2 --ntasks-per-node=1 "$jobs/study.sbatch" study.yaml -output again.h5; }
study=$(again)
hold "$study" "discern-study-$study.log" "$finished"
ranks=$(ranks_of "$study")
kill -KILL "${ranks%%$'\n'*}"
release "$study"
expect "$study" FAILED 137 0 "study.sbatch, a rank killed"
study=$(again)
hold "$study" "discern-study-$study.log" "$finished"
scancel "$study"
cluster_wait 60 has_ended "$study" || fail "a cancelled study is $(show "$study" JobState)"
[ "$(show "$study" JobState) $(show "$study" Restarts)" = "CANCELLED 0" ] || fail "a cancelled study was requeued"
study=$(again)
expect "$study" COMPLETED 0 0 "study.sbatch, cancelled and submitted again"

expect "$limit" COMPLETED 0 1 "study.sbatch, time limit, requeued"
for job in "$study" "$limit"; do
  has_line "discern-study-$job.log" '^restart: [1-9][0-9]* of 12 runs are done' || fail "job $job began anew"
done

scaling=$(DISCERN_REPEATS=1 DISCERN_SCALING=scaling sbatch --parsable --nodes=2 --ntasks-per-node=1 \
  "$jobs/scaling.sbatch" study.yaml -train_iterations 20)
expect "$scaling" COMPLETED 0 0 "scaling.sbatch"
[ "$(cut -d, -f1-3 scaling/scaling.csv | tr '\n' ' ')" = \
  "mode,ranks,ranks_per_run strong,1,1 strong,2,2 weak,1,1 weak,2,2 ensemble,1,1 ensemble,2,1 " ] ||
  fail "scaling.csv: $(cat scaling/scaling.csv)"
awk -F, 'NR > 1 && !($4 > 0 && $5 > 0 && $6 > 0) { exit 1 }' scaling/scaling.csv || fail "$(cat scaling/scaling.csv)"
rm -r scaling

"$python" "$home/tests/regression/same_bits.py" direct.h5 single.h5 mpirun.h5 merged.h5 again.h5 limit.h5
left=$(ls -A --ignore='*.log' | tr '\n' ' ')
[ "$left" = "again.h5 direct.h5 limit.h5 merged.h5 mpirun.h5 single.h5 site.env study.yaml " ] ||
  fail "files are left behind: $left"
echo "$SECONDS s: passed"
