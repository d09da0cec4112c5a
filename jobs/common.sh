# shellcheck shell=bash
# What the job scripts share; they source it with `home` set to the top of discern.
#
# Site settings: jobs/site.env (see site.env.example), shell lines read on every node of a batch job before anything else;
# DISCERN_SITE names another file. Variables read here, from there or from the environment of sbatch:
#   DISCERN            the program; build/discern
#   DISCERN_LAUNCHER   how ranks are started, with its options: srun (default in a Slurm job), mpirun or mpiexec
#   DISCERN_HOME       the top of discern, where the scripts cannot find it from the path that sbatch was given

say() { echo "$(date '+%F %T') ${SLURM_JOB_ID:+job $SLURM_JOB_ID: }$*"; }

complain() { # MESSAGE: a user's mistake
  echo "error: $*" >&2
  exit 2
}

site=${DISCERN_SITE:-$home/jobs/site.env}
if [ -r "$site" ]; then
  # shellcheck source=/dev/null
  source "$site"
elif [ -n "${DISCERN_SITE:-}" ]; then
  complain "DISCERN_SITE=$DISCERN_SITE cannot be read"
fi

discern=${DISCERN:-$home/build/discern}
type -P "$discern" >/dev/null || complain "there is no program $discern: build it, or set DISCERN in jobs/site.env"
if [ -n "${SLURM_JOB_ID:-}" ]; then launcher=srun; else launcher=mpiexec; fi
read -ra launcher <<<"${DISCERN_LAUNCHER:-$launcher}"
type -P "${launcher[0]}" >/dev/null || complain "there is no launcher ${launcher[0]}: DISCERN_LAUNCHER in jobs/site.env"

# One thread a rank: the parallelism is in the ranks. OpenBLAS detects the processor itself, and better.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1} OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
# A rank that dies alone leaves the others waiting in MPI: srun ends them a minute later. Not at once, as -K would: all
# ranks leave with code 20 after a stop, and must not be killed while they do.
export SLURM_WAIT=${SLURM_WAIT:-60}

# run_ranks COMMAND...: on all ranks of the job, in the background, so that USR1 and TERM reach this shell at once and are
# passed on as USR1 (TERM would make the launcher end the ranks, whatever they are writing). Sets code, their exit code.
run_ranks() {
  local ranks='' signalled=1
  trap 'signalled=1; say "signal: the ranks are to save and stop"; kill -USR1 $ranks' USR1 TERM
  "${launcher[@]}" "$@" &
  ranks=$!
  while [ $signalled = 1 ]; do # a signal ends wait, not the ranks
    signalled=0
    wait $ranks && code=0 || code=$?
  done
  trap - USR1 TERM
}

# requeue_or_exit JOB: ends a script of a restartable study as its code asks for. 20: the job is queued again, at most
# DISCERN_MAX_REQUEUES times (20), and goes on from what was saved; not if somebody has cancelled it.
requeue_or_exit() {
  local before=${SLURM_RESTART_COUNT:-0} most=${DISCERN_MAX_REQUEUES:-20} again="submit it again as before, and it goes on"
  case $code in
  0) say "done" ;;
  10) say "finished, but some runs failed or did not converge: $discern report says which" && exit 0 ;;
  20)
    if [ "$(squeue -h -j "$1" -o %T)" != RUNNING ]; then
      say "cancelled, with everything saved: $again"
    elif [ "$before" -ge "$most" ]; then
      say "stopped with everything saved, but queued again $before times already (DISCERN_MAX_REQUEUES): $again"
    elif say "stopped with everything saved: requeue $((before + 1)) of at most $most" && scontrol requeue "$1"; then
      sleep 60 # until Slurm ends this script
    else
      say "this Slurm does not requeue: $again"
    fi
    ;;
  2) say "a mistake in the input or the files: see above" ;;
  *) say "ended with code $code; what was saved is kept: once the cause is gone, $again" ;;
  esac
  exit "$code"
}

# find_output INPUT [-key value ...]: sets output, the name of the results file as the program chooses it.
find_output() {
  output=$(basename "$1")
  output=${output%.*}.h5
  while [ $# -gt 1 ]; do
    if [ "$1" = -output ]; then output=$2; fi
    shift
  done
}
