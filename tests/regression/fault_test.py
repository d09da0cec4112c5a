"""A study of 40 runs survives everything: SIGKILL at random moments, stops, damaged files, a full disc.

Each time the same study, interrupted and restarted on other numbers of ranks, must end with the bits of the uninterrupted
one, and no finished run may be computed twice. A run counts as finished once its record is in the journal: this script
reads the journal itself, and keeps a second name of it, so that it can count the records also after the program has
removed it. After every kill the next job must take exactly the runs for done that have a whole record; at the end there
must be exactly one record of every run.

usage: fault_test.py DISCERN MPIEXEC NUMPROC_FLAG [number of kills [seed]]
"""
import os
import random
import re
import signal
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

INPUT = """
data: {source: burgers, noise: 0.1, sampling: random, samples: 990, test_fraction: 0.1}
net: {layers: [20, 20]}
optim: {type: soap}
train: {iterations: 80, log_interval: 10}
checkpoint_interval: 0.02
sweep:
  precision: [double, single]
  seed: 0-19
"""
RUNS, BLOCK, HEAD = 40, 4096, struct.Struct("=8sqqqII")
DONE, RESUBMIT, USER = 10, 20, 2  # 80 iterations are too few to converge: finished is code 10

discern, mpiexec, flag = sys.argv[1:4]
kills = int(sys.argv[4]) if len(sys.argv) > 4 else 20
random.seed(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
same_bits = Path(__file__).with_name("same_bits.py")
scratch = tempfile.mkdtemp(prefix="fault_test.")  # stays after a failure
os.chdir(scratch)
Path("study.yaml").write_text(INPUT)


# ---- the journal, read by other means than the program's

def records(path):
    """[(run, offset, length)] of the whole records; the study's own (run -1) are not among them."""
    data, found, at = Path(path).read_bytes() if Path(path).exists() else b"", [], 0
    while at + HEAD.size <= len(data):
        head = data[at:at + HEAD.size]
        magic, run, offset, length, checksum, head_checksum = HEAD.unpack(head)
        body = data[at + HEAD.size:at + HEAD.size + length] if 0 <= length < len(data) else b""
        whole = magic == b"DSCJRNL1" and offset == at and zlib.crc32(head[:-4]) == head_checksum
        if whole and len(body) == length and zlib.crc32(body) == checksum and run >= 0:
            found.append((run, at, length))
        at += (HEAD.size + length + BLOCK - 1) // BLOCK * BLOCK if whole else BLOCK
    return found


# ---- jobs

class Job:
    """The program on some ranks, its output in a file."""
    count = 0

    def __init__(self, output, ranks, *options):
        Job.count += 1
        self.log = Path(f"job{Job.count}.log")
        self.ranks, self.start = ranks, time.monotonic()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [mpiexec, "-q", flag, str(ranks), discern, "run", "study.yaml", "-output", output, *options],
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def children(self):
        """The ranks: children of mpiexec that run the program."""
        pids = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    pids.append(int(stat.parent.name))
            except (OSError, IndexError):
                pass
        return pids

    def wait_for(self, condition, limit=120):
        """Until condition() or the job's end; whether the job still runs."""
        end = time.monotonic() + limit
        while not condition() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        return self.process.poll() is None

    def begun(self):
        return self.wait_for(lambda: "parameters:" in self.text())

    def text(self):
        return self.log.read_text(errors="replace")

    def kill(self, alone):
        """SIGKILL: one rank, whose death makes mpiexec end the others, or everything."""
        ranks = self.children()
        if not alone:
            self.process.kill()
        for pid in random.sample(ranks, 1) if alone and ranks else ranks:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        end = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in ranks) and time.monotonic() < end:
            time.sleep(0.01)

    def end(self, expected):
        code = self.process.wait(timeout=300)
        check(code == expected, f"{self.log}: exit code {code}, not {expected}:\n{self.text()}")
        return self


def check(condition, message):
    if not condition:
        sys.exit(f"fault_test.py: {message}\n({os.getcwd()})")


def check_complete(name, output):
    left = [suffix for suffix in (".journal", ".checkpoints", ".tmp", ".stop") if os.path.exists(output + suffix)]
    check(not left, f"{name}: left behind: {left}")
    result = subprocess.run([sys.executable, same_bits, "reference.h5", output], capture_output=True, text=True)
    check(result.returncode == 0, f"{name}: {result.stdout}{result.stderr}")
    print(f"{name}: {result.stdout.strip()}", flush=True)


def check_restart(job, done):
    """What the restarted job takes for done."""
    line = re.search(r"restart: (\d+) of (\d+) runs are done, (\d+) are left", job.text())
    check(line and line[1] == str(done), f"{job.log}: {done} runs have a record, but:\n{job.text()}")


def statuses(output):
    import h5py
    with h5py.File(output, "r") as file:
        return list(file["/runs/status"][()])


def remove(output):
    for path in Path(".").glob(output + "*"):
        if path.is_dir():
            for inner in path.iterdir():
                inner.unlink()
            path.rmdir()
        else:
            path.unlink()


# ---- the parts of the test

def reference():
    job = Job("reference.h5", 2)
    job.begun()
    start = time.monotonic()
    job.end(DONE)
    print(f"reference: {time.monotonic() - start:.1f} s after set-up", flush=True)
    return time.monotonic() - start


def kill_at_random(seconds):
    """Kills until there have been enough, in as many studies as it takes; the last one is brought to its end."""
    killed, studies, in_flight = 0, 0, 0
    while killed < kills:
        studies += 1
        remove("killed.h5")
        Path("kept").unlink(missing_ok=True)
        first = True
        while killed < kills:
            done = [run for run, _, _ in records("killed.h5.journal")]
            job = Job("killed.h5", 2 if first else random.choice([1, 2, 4]), "-restart")
            if not job.begun():
                break
            if Path("killed.h5.journal").exists() and not Path("kept").exists():
                os.link("killed.h5.journal", "kept")
            if not first:
                check_restart(job, len(set(done)))
                in_flight += "go on from a checkpoint" in job.text()
            time.sleep(random.uniform(0, seconds / 11))
            if job.process.poll() is not None:
                break
            job.kill(alone=killed % 2 == 1)
            killed, first = killed + 1, False
        done = [run for run, _, _ in records("kept")]
        if Path("killed.h5.journal").exists():
            last = Job("killed.h5", random.choice([1, 2, 4]), "-restart")
            # and once in the middle of the results file
            if last.wait_for(lambda: os.path.exists("killed.h5.tmp") and len(set(r[0] for r in records("kept"))) == RUNS):
                last.kill(alone=False)
                killed += 1
                last = Job("killed.h5", 2, "-restart")
            last.end(DONE)
        times = sorted(run for run, _, _ in records("kept"))
        check(times == list(range(RUNS)), f"not one record of every run: {times}")
        check_complete(f"{killed} kills, {in_flight} restarts from checkpoints", "killed.h5")
    job = Job("killed.h5", 2, "-restart")  # complete: nothing to do, nothing written
    before = os.stat("killed.h5")
    job.end(DONE)
    check(os.stat("killed.h5").st_mtime_ns == before.st_mtime_ns, "a complete study was written again")
    check_restart(job, RUNS)


def stop(name, how, ranks, options=()):
    """A clean stop gives 20 and a results file with the finished runs; then it goes on."""
    output = f"{name}.h5"
    job = Job(output, 2, *options)
    job.begun()
    how(job, output)
    job.end(RESUBMIT)
    done = len(records(output + ".journal"))
    stopped = statuses(output).count(3)
    check(0 < done < RUNS and stopped == RUNS - done, f"{name}: {done} records, {stopped} stopped")
    check("-restart continues" in job.text(), job.text())
    check(not os.path.exists(output + ".stop"), "the stop file is still there")
    checkpoints = os.listdir(output + ".checkpoints")
    check(checkpoints, f"{name}: no checkpoints")
    refused = Job(output, 2).end(USER)
    check("-restart continues, remove it to begin again" in refused.text(), refused.text())
    job = Job(output, ranks, "-restart").end(DONE)
    check_restart(job, done)
    check_complete(f"{name}: stopped with {done} runs done, restarted on {ranks}", output)


def after_a_second(action):
    def how(job, output):
        job.wait_for(lambda: len(records(output + ".journal")) >= 4)
        action(job, output)
    return how


def hold_until(seconds):
    """The ranks stand still from the fourth record until the walltime is over, however fast the machine is."""
    def how(job, output):
        job.wait_for(lambda: len(records(output + ".journal")) >= 4)
        ranks = job.children()
        for pid in ranks:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(max(0, job.start + seconds + 0.5 - time.monotonic()))
        for pid in ranks:
            os.kill(pid, signal.SIGCONT)
    return how


def second_signal():
    job = Job("second.h5", 2)
    job.begun()
    job.wait_for(lambda: len(records("second.h5.journal")) >= 4)
    rank = job.children()[0]
    os.kill(rank, signal.SIGUSR1)
    os.kill(rank, signal.SIGTERM)
    job.end(RESUBMIT)
    check(not os.path.exists("second.h5"), "results after a second signal")
    Job("second.h5", 1, "-restart").end(DONE)
    check_complete("second signal: no results file, then", "second.h5")


def flip(path, at):
    data = bytearray(Path(path).read_bytes())
    data[at] ^= 1
    Path(path).write_bytes(data)


def damage():
    """Bits flipped in a record and a checkpoint, another checkpoint cut: named, and done again."""
    job = Job("damaged.h5", 2)
    job.begun()
    job.wait_for(lambda: len(records("damaged.h5.journal")) >= 6 and
                 len(list(Path("damaged.h5.checkpoints").glob("run_*.previous"))) == 2)
    job.kill(alone=False)
    whole = records("damaged.h5.journal")
    flip("damaged.h5.journal", whole[1][1] + 200)
    flip("damaged.h5.journal", whole[3][1] + 10)
    newest = sorted(path for path in Path("damaged.h5.checkpoints").iterdir() if not path.suffix)
    check(newest, "no checkpoint to damage")
    flip(newest[0], newest[0].stat().st_size // 2)
    for path in newest[1:]:
        os.truncate(path, path.stat().st_size // 2)
    job = Job("damaged.h5", 2, "-restart").end(DONE)
    for record in (whole[1], whole[3]):
        check(f"skipping a damaged record at byte {record[1]} of 'damaged.h5.journal'" in job.text(), job.text())
    for path in newest:
        check(f"the checkpoint '{path}' is damaged" in job.text(), job.text())
    check_restart(job, len(whole) - 2)
    check_complete(f"2 damaged records, {len(newest)} damaged checkpoints", "damaged.h5")


def full_disc():
    """The disc is full while the study runs: one line, exit code 2; with room again it goes on."""
    os.mkdir("small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", "small"], capture_output=True).returncode:
        print("full disc: skipped, this user may not mount a small one")
        return
    try:
        output = "small/study.h5"
        job = Job(output, 2)
        job.begun()
        job.wait_for(lambda: len(records(output + ".journal")) >= 4)
        with open("small/filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass
        job.end(USER)
        check("-restart will write them" in job.text() and "No space left on device" in job.text(), job.text())
        done = len(records(output + ".journal"))
        refused = Job(output, 2, "-restart").end(USER)
        check("No space left on device" in refused.text(), refused.text())
        os.unlink("small/filler")
        job = Job(output, 2, "-restart").end(DONE)
        check_restart(job, done)
        check_complete(f"full disc: {done} records, then room again", output)
    finally:
        subprocess.run(["umount", "small"], check=True)


seconds = reference()
kill_at_random(seconds)
stop("usr1", after_a_second(lambda job, output: job.process.send_signal(signal.SIGUSR1)), 4)
stop("file", after_a_second(lambda job, output: Path(output + ".stop").touch()), 1)
stop("walltime", hold_until(8), 2, ("-max_walltime", "8"))
second_signal()
damage()
full_disc()
print(f"all in order, {Job.count} jobs")
os.chdir("/")
shutil.rmtree(scratch)
