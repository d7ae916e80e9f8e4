"""How many runs fit at once, and what each of them gets: from nvidia-smi's output, without a card."""

import dataclasses
import os

import pytest

from sota_core.runs.dispatcher_files import info_path
from sota_core.runs.executors import gpus
from sota_core.runs.executors.gpus import Gpu
from sota_core.runs.executors.slots import Slots
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import load
from sota_core.system import nvidia_smi as smi
from sota_core.system.environment import child_environment
from tests.runs.executors.test_executor import wait_until

ONE = [Gpu("GPU-5e0c1f3a-0000-0000-0000-000000000001", "NVIDIA H200", 143771, 143229)]
TWO = [Gpu("GPU-aaaa0001", "NVIDIA A10G", 24576, 24210), Gpu("GPU-bbbb0002", "NVIDIA H100", 81559, 40000)]
TOLD = "GPU-aaaa0001, NVIDIA A10G, 24576, 24210\nGPU-bbbb0002, NVIDIA H100, 81559, 40000\n"
SHY = "GPU-aaaa0001, A, [N/A], [Insufficient Permissions]\nGPU-bbbb0002, B, 8192, 7900\n"


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """answers(text): put a command nvidia-smi on the path that prints this; it is run as the real one is."""

    def answers(text: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "answer").write_text(text)
        command = folder / "nvidia-smi"
        command.write_text(f"#!/bin/sh\ncat {folder}/answer\n")
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return answers


class TestCards:
    def test_the_answer_is_read_card_by_card(self, nvidia_smi):
        nvidia_smi(TOLD)
        assert gpus.find({}) == TWO
        assert gpus.find({"CUDA_VISIBLE_DEVICES": "1"}) == TWO[1:]

    def test_a_card_that_does_not_tell_its_memory_is_left_out(self, nvidia_smi):
        nvidia_smi(SHY)
        assert gpus.find({}) == [Gpu("GPU-bbbb0002", "B", 8192, 7900)]

    @pytest.mark.parametrize(
        ("choice", "expected"),
        [
            (None, ["GPU-aaaa0001", "GPU-bbbb0002"]), ("1,0", ["GPU-bbbb0002", "GPU-aaaa0001"]),
            ("1", ["GPU-bbbb0002"]), ("GPU-bb", ["GPU-bbbb0002"]),
            ("", []), ("-1", []), ("0,-1,1", ["GPU-aaaa0001"]), ("MIG-77", []),
        ],
    )  # fmt: skip
    def test_what_cuda_may_see_is_what_counts(self, choice, expected):
        rows = [[gpu.uuid, gpu.name] for gpu in TWO]
        assert [uuid for uuid, _ in smi.visible(rows, choice)] == expected

    def test_a_card_that_is_left_out_keeps_its_number(self, nvidia_smi):
        nvidia_smi(SHY + "GPU-cccc0003, C, 8192, 7900\n")
        found = {choice: [gpu.uuid for gpu in gpus.find({"CUDA_VISIBLE_DEVICES": choice})] for choice in ("1", "0,2")}
        assert found == {"1": ["GPU-bbbb0002"], "0,2": ["GPU-cccc0003"]}


class TestSlots:
    def test_without_a_card_there_is_one_and_it_takes_all_threads(self, settings):
        slots = Slots(settings, lambda: [])
        assert slots.count == 1 and slots.environment([]) == {}

    @pytest.mark.parametrize("free_mib", [143229, 81000, 24210, 0])
    def test_a_card_takes_one_run_however_large_it_is(self, settings, free_mib):
        slots = Slots(settings, lambda: [Gpu("GPU-1", "NVIDIA H200", 143771, free_mib)])
        assert slots.count == 1 and slots.environment([]) == {}

    def test_what_is_set_wins(self, settings):
        assert Slots(dataclasses.replace(settings, slots=7), lambda: ONE).count == 7

    def test_each_run_gets_a_card_without_one_and_of_equals_that_with_most_room(self, settings):
        assert Slots(settings, lambda: TWO).count == 2
        slots, taken = Slots(dataclasses.replace(settings, slots=4), lambda: TWO), [None]
        for _ in range(4):
            taken.append(slots.environment(taken)["CUDA_VISIBLE_DEVICES"])
        assert taken[1:] == ["GPU-bbbb0002", "GPU-aaaa0001", "GPU-bbbb0002", "GPU-aaaa0001"]

    def test_processor_threads_are_shared_out_unless_somebody_has_set_them(self, settings, monkeypatch):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        slots = Slots(dataclasses.replace(settings, slots=2), lambda: [])
        cores = len(os.sched_getaffinity(0))
        assert slots.environment([]) == {"OMP_NUM_THREADS": str(max(1, cores // 2))}
        slots = Slots(dataclasses.replace(settings, slots=10_000), lambda: [])
        assert slots.environment([]) == {"OMP_NUM_THREADS": "1"}
        monkeypatch.setenv("OMP_NUM_THREADS", "3")
        assert slots.environment([]) == {}

    def test_a_card_that_has_come_back_is_found_when_looked_at_again(self, settings):
        answers = [ONE, TWO]
        slots = Slots(settings, lambda: answers.pop(0))
        assert slots.count == 1
        slots.look_again()
        assert slots.count == 2

    def test_a_cards_number_means_the_same_to_cuda_as_to_nvidia_smi(self, settings, monkeypatch):
        monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
        assert child_environment(settings)["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
        monkeypatch.setenv("CUDA_DEVICE_ORDER", "FASTEST_FIRST")
        assert child_environment(settings)["CUDA_DEVICE_ORDER"] == "FASTEST_FIRST"

    def test_the_settings_say_nothing_by_themselves(self):
        assert load({}).slots is None and load({"SOTA_SLOTS": "3"}).slots == 3

    def test_pages_hear_from_the_dispatcher_how_many_there_are(self, settings):
        with Store(settings) as store:
            assert store.slots == 1
            info_path(settings.home).write_text('{"pid": 1, "slots": 4}')
            assert store.slots == 4
        with Store(dataclasses.replace(settings, slots=2)) as store:
            assert store.slots == 2


@pytest.mark.slow
class TestWorkers:
    """Both ways to start a worker: forked from a server that has torch, and from scratch."""

    @pytest.fixture
    def settings(self, settings, nvidia_smi, monkeypatch):
        nvidia_smi(TOLD)
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return dataclasses.replace(settings, slots=10_000)

    @pytest.mark.parametrize("start", ["forked", "from scratch"])
    def test_a_worker_has_its_card_and_its_threads(self, executors, claim, store, start):
        executor = executors("process", "shares", module="tests.runs.torch_trainers")
        wait_until(lambda: executor.poll(claim()) and executor.is_preloaded, 60)
        executor.is_preloaded = start == "forked"
        runs = [claim(), claim()]
        for run in runs:
            executor.launch(run)
        ends = [wait_until(lambda run=run: (now := store.history.get(run.id)).is_terminal and now, 60) for run in runs]
        assert [run.state for run in ends] == [State.FINISHED] * 2, ends[0].traceback
        assert [run.summary["gpu"] for run in ends] == ["GPU-bbbb0002", "GPU-aaaa0001"]
        assert [run.summary["threads"] for run in ends] == [1, 1]

    def test_a_worker_that_another_dispatcher_finds_keeps_its_card(self, executors, claim, store):
        first, run = executors("process", "patient"), claim()
        first.launch(run)
        run = wait_until(lambda: (now := store.history.get(run.id)).pid and now, 60)
        second, later = executors("process", "patient"), claim()
        assert second.poll(run).is_alive
        second.launch(later)
        cards = {key[0]: child.gpu for key, child in second.children.items()}
        assert cards == {run.id: "GPU-bbbb0002", later.id: "GPU-aaaa0001"}
