"""Stand-ins for `sota_core.train.fit.run_recipe`, with the same signature and without torch. Workers are given them as
'trainers:NAME'.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sota_core.errors import BadPicturesError
from sota_core.train import events
from sota_core.train.summary import Outcome


def started(total_steps):
    return events.started(
        device="none", precision="fp32", versions={}, n_train=30, n_valid=10, total_steps=total_steps, recipe={}
    )


def batch(step, total):
    return events.batch(step=step, total_steps=total, phase=0, loss=2.0, smooth_loss=2.0, lr=1e-3, mom=0.9)


def epoch(n, accuracy):
    return events.epoch(
        phase=0,
        stage="main",
        epoch=n,
        step=n + 1,
        train_loss=2.0,
        valid_loss=1.9,
        valid_ce=1.9,
        accuracy=accuracy,
        seconds=0.1,
        images_per_s=9.0,
        n_valid=10,
    )


def quick(recipe, settings, *, emit, should_stop, out_dir):
    """Three steps, an epoch, two artifacts."""
    emit(started(3))
    for step in (1, 2, 3):
        emit(batch(step, 3))
    emit(epoch(0, 0.5))
    (out_dir / "metrics.csv").write_text("epoch,accuracy\n0,0.5\n")
    (out_dir / "left_over.tmp").write_text("x")
    (out_dir / "model.json").write_text("{}")
    names = ("metrics.csv", "model.json")
    return Outcome({"accuracy": 0.5}, {name: out_dir / name for name in names})


def patient(recipe, settings, *, emit, should_stop, out_dir):
    """A step every 20 ms until it is asked to stop, for a minute at most."""
    emit(started(3000))
    for step in range(1, 3001):
        if should_stop():
            (out_dir / "metrics.csv").write_text("epoch,accuracy\n")
            return Outcome({"accuracy": 0.1}, {"metrics.csv": out_dir / "metrics.csv"}, stopped=True)
        emit(batch(step, 3000))
        if step % 50 == 0:
            emit(epoch(step // 50, step / 3000))
        time.sleep(0.02)
    return Outcome({"accuracy": 1.0})


def deaf(recipe, settings, *, emit, should_stop, out_dir):
    """Never asks should_stop, ignores SIGTERM, and has a child that would outlive it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (Path(settings.home) / "child.pid").write_text(str(child.pid))
    emit(started(1))
    emit(epoch(0, 0.25))
    time.sleep(600)


def with_child(recipe, settings, *, emit, should_stop, out_dir):
    """Ends well and leaves a child behind, as a data loader may."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (Path(settings.home) / "child.pid").write_text(str(child.pid))
    child.returncode = 0  # keeps Popen from warning about it
    return Outcome({"accuracy": 0.5})


def broken(recipe, settings, *, emit, should_stop, out_dir):
    emit(epoch(0, 0.4))
    raise ZeroDivisionError("first line\nsecond line")


def bad_pictures(recipe, settings, *, emit, should_stop, out_dir):
    raise BadPicturesError("3 of 100 pictures cannot be decoded", paths=[])


def disk_full(recipe, settings, *, emit, should_stop, out_dir):
    try:
        raise OSError(28, "No space left on device")
    except OSError as bad:
        raise RuntimeError("the export failed") from bad


def out_of_memory(recipe, settings, *, emit, should_stop, out_dir):
    raise RuntimeError("MPS backend out of memory (MPS allocated: 1.0 GB)")


def leaves(recipe, settings, *, emit, should_stop, out_dir):
    """Calls sys.exit, as some libraries do."""
    sys.exit(3)


def dies(recipe, settings, *, emit, should_stop, out_dir):
    emit(epoch(0, 0.4))
    time.sleep(0.6)  # let the epoch be written
    os.kill(os.getpid(), signal.SIGKILL)


def exports(recipe, settings, *, emit, should_stop, out_dir):
    """Trains at once, then exports for a minute without asking should_stop."""
    (out_dir / "metrics.csv").write_text("epoch,accuracy\n0,0.5\n")

    def export():
        emit({"kind": "log", "message": "exporting", "stage": "export"})
        (out_dir / "model.onnx").write_text("half of it")
        for _ in range(3000):
            time.sleep(0.02)
        return {"model.onnx": out_dir / "model.onnx"}

    return Outcome({"accuracy": 0.5}, {"metrics.csv": out_dir / "metrics.csv"}, export=export)
