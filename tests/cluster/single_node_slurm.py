"""A Slurm of one node with two pretend GPUs, run by root from Debian's packages for as long as a test needs it."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONFIGURATION = Path("/etc/slurm")
"""Nowhere else: the plugin drops SLURM_CONF from the environment of what a job starts."""

MARK = "# Written by tests of star-convexity."
"""In the configuration, so that what a killed test left behind is told from a machine's own."""

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")

# More cores and memory than there may be, so that jobs wait for no others' sake. Memory is watched by sampling, since
# containers have no cgroups to give away. Only jobs that ask for it are requeued, as the profile does; they wait until
# their credential has expired.
SLURM_CONF = """
{mark}
ClusterName=tests
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdSpoolDir={folder}/slurmd
StateSaveLocation={folder}/slurmctld
CommunicationParameters=NoAddrCache,NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobRequeue=0
MinJobAge=300
KillWait=2
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
GresTypes=gpu
NodeName=localhost NodeAddr=127.0.0.1 NodeHostname={host} CPUs=4 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=cpu Nodes=localhost Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=localhost MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=localhost PriorityTier=10 PreemptMode=OFF State=UP
"""

FILES = {
    "slurm.conf": SLURM_CONF,
    "gres.conf": "AutoDetect=off\nName=gpu File=/dev/null\nName=gpu File=/dev/zero\n",
    "cgroup.conf": "IgnoreSystemd=yes\n",
}


def reason_to_skip():
    """Why no Slurm can be started here; None where one can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"Slurm cannot be started: found no {', '.join(missing)} (Debian: apt-get install slurm-wlm munge)"
    if os.geteuid() != 0:
        return "Slurm cannot be started: only root can"
    configuration = CONFIGURATION / "slurm.conf"
    if configuration.exists() and MARK not in configuration.read_text():
        return f"{configuration} exists: this machine belongs to a Slurm already"
    return None


@contextmanager
def single_node_slurm(folder):
    """Run Slurm, with its state and logs under `folder`; take away on leaving what was written elsewhere."""
    with ExitStack() as stack:
        if subprocess.run(["munge", "--no-input"], capture_output=True, check=False).returncode != 0:
            stack.enter_context(_munged(folder))
        CONFIGURATION.mkdir(exist_ok=True)
        for name, text in FILES.items():
            stack.callback((CONFIGURATION / name).unlink)
            host = socket.gethostname().split(".")[0]
            (CONFIGURATION / name).write_text(text.format(mark=MARK, folder=folder, host=host))
        for part in ("slurmctld", "slurmd"):
            (folder / part).mkdir()
        stack.enter_context(_running(folder, "slurmctld", "-D"))
        stack.enter_context(_running(folder, "slurmd", "-D", "-N", "localhost"))
        # What a job has started would outlive Slurm's daemons.
        stack.callback(cancel_jobs, "--user=root")
        wait_until(lambda: "idle" in _output("sinfo", "--noheader", "--format=%T"), 30, "the node to be idle")
        yield


def cancel_jobs(*which):
    """Cancel jobs, chosen as by squeue and scancel, and wait until they have ended."""
    subprocess.run(["scancel", *which], check=False)
    wait_until(lambda: not _output("squeue", "--noheader", *which), 30, "cancelled jobs to end")


def wait_until(condition, seconds, what):
    """Return as soon as a condition holds; raise `TimeoutError` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.2)


@contextmanager
def _munged(folder):
    """Run munge with a key of its own, at the socket where Slurm looks for it."""
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(128))
    Path("/run/munge").mkdir(mode=0o755, exist_ok=True)
    files = [f"--{kind}-file={folder}/munge.{kind}" for kind in ("key", "pid", "log", "seed")]
    with _running(folder, "munged", "--foreground", "--force", *files):
        wait_until(Path("/run/munge/munge.socket.2").exists, 10, "munge")
        yield


@contextmanager
def _running(folder, *command):
    with (folder / f"{command[0]}.out").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as daemon:
        try:
            yield
        finally:
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()


def _output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
