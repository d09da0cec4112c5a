# shellcheck shell=bash
# A Slurm of two nodes on this one machine, in a private folder: sourced by tests. As root, without systemd and cgroups.
#   cluster_start FOLDER    munged, slurmctld and two slurmd; SLURM_CONF is set for sbatch and the others
#   cluster_stop            ends every job and daemon, whatever happened before

# cluster_missing: prints what is not there; nothing if a cluster can be started.
cluster_missing() {
  local program
  [ "$(id -u)" = 0 ] || echo "root"
  for program in munged slurmctld slurmd sbatch srun scontrol; do
    PATH=$PATH:/usr/sbin type -P "$program" >/dev/null || echo "$program"
  done
}

# COUNT free ports in a row, below those that the system hands out by itself.
free_ports() {
  local base port used
  used=$(awk 'FNR > 1 { split($2, a, ":"); print a[2] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true)
  for _ in $(seq 100); do
    base=$((20000 + RANDOM % 10000))
    for ((port = base; port < base + $1; port++)); do
      grep -qix "$(printf '%04X' "$port")" <<<"$used" && continue 2
    done
    echo "$base"
    return
  done
  return 1
}

cluster_start() {
  local host port
  cluster=$1
  host=$(hostname -s) port=$(free_ports 3)
  PATH=$PATH:/usr/sbin
  export SLURM_CONF=$cluster/slurm.conf
  export DISCERN_TEST_CLUSTER=$cluster # marks all its processes: see cluster_stop
  mkdir -p "$cluster"/{state,spool,tmp/n1,tmp/n2}
  chmod 755 "$cluster"
  (umask 077 && head -c 1024 /dev/urandom >"$cluster/munge.key")
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.sock
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=200000,batch_sched_delay=0,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=5
MinJobAge=3600
SlurmctldPort=$port
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
TmpFS=$cluster/tmp/%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/%n.log
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
PropagateResourceLimitsExcept=MEMLOCK
NodeName=n1 NodeHostName=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=8 RealMemory=1000 State=UNKNOWN
NodeName=n2 NodeHostName=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=8 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
  munged --key-file="$cluster/munge.key" --socket="$cluster/munge.sock" --pid-file="$cluster/munge.pid" \
    --log-file="$cluster/munge.log" --seed-file="$cluster/munge.seed" --num-threads=2
  slurmctld -i
  slurmd -N n1
  slurmd -N n2
  cluster_wait 30 nodes_idle || { echo "the nodes do not answer:"; sinfo -N; tail "$cluster"/*.log; return 1; }
}

nodes_idle() { [ "$(sinfo -h -N -o %T | sort -u)" = idle ]; }

# cluster_wait SECONDS COMMAND...: until it succeeds, tried every CLUSTER_POLL seconds (0.2); never beyond 540 s of the script, since ctest ends a test at 600 s
# with a signal after which nothing would stop the daemons.
cluster_wait() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] && [ $SECONDS -lt 540 ] || return 1
    sleep "${CLUSTER_POLL:-0.2}"
  done
}

# The processes that descend from cluster_start carry its mark in their environment.
cluster_processes() {
  local environment process
  for environment in /proc/[0-9]*/environ; do
    process=${environment//[!0-9]/}
    if [ "$process" != $$ ] && grep -qsz "^DISCERN_TEST_CLUSTER=$cluster\$" "$environment"; then echo "$process"; fi
  done
}

cluster_gone() { [ -z "$(cluster_processes)" ]; }

no_jobs() { [ -z "$(timeout 5 squeue -h)" ]; }

cluster_stop() {
  local left
  [ -n "${cluster:-}" ] || return 0
  timeout 10 scancel --user=root --quiet
  cluster_wait 5 no_jobs
  timeout 10 scontrol shutdown
  [ -r "$cluster/munge.pid" ] && kill "$(<"$cluster/munge.pid")"
  cluster_wait 10 cluster_gone && return
  left=$(cluster_processes)
  # shellcheck disable=SC2086 # a list
  [ -z "$left" ] || kill -KILL $left
} 2>/dev/null
