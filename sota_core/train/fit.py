"""One run from recipe to artifacts: data, phases, last validation, TTA; the export comes after. Imports torch.

Knows no database and no queue: events go to `emit`, and `should_stop` says when to stop.
"""

import gc
import importlib.metadata
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sota_core.data.loading.loaders import Split, corner_dls, forget_pictures, full_valid_dl
from sota_core.language import N_
from sota_core.recipes import Recipe
from sota_core.recipes.duration import MOST_CORNERED
from sota_core.settings import Settings
from sota_core.train import device as devices
from sota_core.train import events, export
from sota_core.train.callbacks import CancelFitException, StopOnRequest, Telemetry
from sota_core.train.epoch_answers import KeepAnswers
from sota_core.train.evaluate import Predictions, predict_corners, predict_views, spaced
from sota_core.train.events import Emit, Epoch, Event, TtaPass
from sota_core.train.learner import build_learner, fit_phase, full_precision, normalization_stats, stages
from sota_core.train.outside import README
from sota_core.train.prepare import Data, Stopped, make_dls, prepare
from sota_core.train.step.first_batch import first_batch_of
from sota_core.train.step.graph import StepGraph, cuda_recorder
from sota_core.train.step.kernels import SearchKernels
from sota_core.train.summary import Outcome, Summary, model_card, onnx_properties, quickest_s, summarize
from sota_core.train.threads import thread_callbacks

_VERSIONS = ("torch", "fastai", "torchvision", "numpy", "pillow")


@dataclass(slots=True)
class _Record:
    """Passes events on and keeps what the summary and metrics.csv need."""

    emit: Emit
    epochs: list[Epoch] = field(default_factory=list)
    tta: list[TtaPass] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if event["kind"] == "epoch":
            self.epochs.append(event)
        elif event["kind"] == "tta_pass":
            self.tta.append(event)
        self.emit(event)


def run_recipe(
    recipe: Recipe, settings: Settings, *, emit: Emit, should_stop: Callable[[], bool], out_dir: Path
) -> Outcome:
    """Train as the recipe says. Blocking; seeds Python's, NumPy's and torch's global generators.

    Raises
        InputError   the recipe does not fit this machine or these pictures.
        DataError    the pictures are not what they should be, or could not be fetched.
        DiskFullError
        GpuMemoryError
    """
    record, began = _Record(emit), time.monotonic()
    try:
        data = prepare(recipe, settings, record, should_stop)
    except Stopped:
        return Outcome({}, {}, stopped=True)
    return _Run(recipe, settings, data, record, should_stop, out_dir).train(began)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, as fastai's set_seed. Called after the first split, which seeds torch itself."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


@dataclass(frozen=True, slots=True)
class _Run:
    """A run whose pictures are ready."""

    recipe: Recipe
    settings: Settings
    data: Data
    record: _Record
    should_stop: Callable[[], bool]
    out_dir: Path

    def train(self, began: float) -> Outcome:
        """Fit, validate, write. began  of time.monotonic(), before the pictures were prepared"""
        recipe, data, record = self.recipe, self.data, self.record
        seed_everything(recipe.seed)
        devices.count_memory_anew(data.device)
        device = devices.device_in_words(data.device)  # before threads are picked: the name counts them
        phases = zip(recipe.phases, data.parts, strict=True)
        total_steps = sum(phase.total_epochs * (len(part.train) // phase.bs) for phase, part in phases)
        telemetry = Telemetry(record, total_steps)
        answers = KeepAnswers(sum(phase.total_epochs for phase in recipe.phases), len(data.listing))
        learn = self._learner([telemetry, answers])
        record(
            events.started(
                device=device,
                precision=data.precision,
                versions=_versions(),
                n_train=len(data.parts[0].train),
                n_valid=len(data.parts[0].valid),
                total_steps=total_steps,
                recipe=recipe.to_dict(),
                data=data.cache.fingerprint if data.cache else data.listing.fingerprint(),
                loader=data.loader,
            )
        )
        start = time.monotonic()
        last = self._fit(learn, telemetry, answers)
        fit_s = time.monotonic() - start
        stats, artifacts = normalization_stats(learn.dls), self._write_net(learn)
        found, ce, failure = None, None, None
        try:
            found, ce = self._validate(learn, last)
        except Exception as bad:  # a picture that has gone, no memory for fp32, …: what was trained is still there
            failure = _alone(bad)
        summary: Summary = {
            **summarize(record.epochs, record.tta, fit_s=fit_s, valid_ce=ce),
            "loader": data.loader,
            "precision": data.precision,
            "n_train": len(last.train),
            "quickest_s": quickest_s(record.epochs),
            "prepare_s": start - began,
            "answers_s": time.monotonic() - start - fit_s,
        }
        if data.device.type == "cuda":
            summary["peak_gpu_bytes"] = torch.cuda.max_memory_reserved(data.device)
        stopped = self.should_stop()
        card = model_card(
            recipe,
            data.listing,
            loader=data.loader,
            stats=stats,
            n_train=len(last.train),
            summary=summary,
            versions=_versions(),
            device=device,
            precision=data.precision,
            is_complete=len(record.epochs) == recipe.total_epochs,
            has_onnx=not stopped and failure is None,
        )
        artifacts |= self._write_words(card) | self._write_answers(found, last, answers)
        if stopped:
            return Outcome(summary, artifacts, stopped=True)
        if failure is not None:
            return Outcome(summary, artifacts, failure=failure)
        # Only the net is kept, on the CPU: Learner, optimizer and pictures can be freed while the exporter works.
        model, loader, on, out_dir = learn.model.eval().float().cpu(), data.loader, data.device, self.out_dir
        export_it = partial(_export, recipe, loader, model, on, card, record, out_dir)
        return Outcome(summary, artifacts, export=export_it)

    def _learner(self, cbs: list[Any]) -> Any:
        """fastai's Learner on the first phase, with these callbacks and the run's own."""
        recipe, data, record = self.recipe, self.data, self.record
        dls = make_dls(recipe, data, 0, record)
        cbs = [*cbs, StopOnRequest(self.should_stop), *first_batch_of(recipe.source, record)]
        cbs += thread_callbacks(data.device)
        graph = None
        if data.device.type == "cuda":
            cbs += [SearchKernels()] if self.settings.cudnn_benchmark else []
            if self.settings.cuda_graph:
                graph = StepGraph(data.precision, cuda_recorder, lambda said: record(events.log(said)))
        with devices.memory_in_words(recipe, recipe.phases[0], data.precision, data.device):
            return build_learner(recipe, dls, data.listing.n_classes, data.precision, data.device, cbs, graph)

    def _fit(self, learn: Any, telemetry: Telemetry, answers: KeepAnswers) -> Split:
        """All phases, or those until it was asked to stop; the last one's pictures."""
        recipe, data = self.recipe, self.data
        last = data.parts[0]
        for index, (phase, last) in enumerate(zip(recipe.phases, data.parts, strict=True)):
            if index:
                learn.dls = make_dls(recipe, data, index, self.record)
            telemetry.enter_phase(index, stages(phase))
            answers.enter_phase(last.quick)
            with devices.memory_in_words(recipe, phase, data.precision, data.device):
                fit_phase(learn, phase)
            if self.should_stop():
                break
        return last

    def _validate(self, learn: Any, last: Split) -> tuple[Predictions | None, float | None]:
        """All passes over all validation pictures, and their plain cross-entropy; None, None if stopped early."""
        if self.should_stop():
            return None, None
        recipe, data = self.recipe, self.data
        self.record(events.log(N_("Validating on every validation picture"), stage="valid"))
        dl = full_valid_dl(learn.dls, last)
        try:
            with devices.memory_in_words(recipe, recipe.phases[-1], "fp32", data.device), full_precision(learn):
                found, ce = predict_views(learn, dl, recipe, self.record)
                if recipe.tta_n and not self.should_stop():
                    index = spaced(len(found.labels), MOST_CORNERED)
                    cornered = predict_corners(learn, index, corner_dls(learn.dls, last.valid[index]))
                    found = replace(found, cornered=cornered)
        except CancelFitException:
            return None, None
        return found, ce

    def _write_net(self, learn: Any) -> dict[str, Path]:
        """What training has made. Written before the last validation, which may leave a card that answers no more."""
        out_dir = self.out_dir
        return {
            export.METRICS: export.write_metrics(out_dir / export.METRICS, self.record.epochs),
            export.WEIGHTS: export.write_weights(out_dir / export.WEIGHTS, learn.model),
        }

    def _write_words(self, card: dict[str, Any]) -> dict[str, Path]:
        """What says how the net was made and is used."""
        recipe, data, out_dir = self.recipe, self.data, self.out_dir
        return {
            export.MODEL_JSON: export.write_model_json(out_dir / export.MODEL_JSON, card),
            README: export.write_hub_card(out_dir / README, card),
            export.PREDICT_FASTAI: export.write_predict_fastai(
                out_dir / export.PREDICT_FASTAI, recipe, data.loader, data.listing.n_classes
            ),
        }

    def _write_answers(self, found: Predictions | None, last: Split, answers: KeepAnswers) -> dict[str, Path]:
        """What the net answered: at the end, if it was validated, and after each epoch."""
        listing, written = self.data.listing, {}
        if found is not None:
            names = [listing.name(i) for i in last.valid.tolist()]
            path = self.out_dir / export.PREDICTIONS
            written[export.PREDICTIONS] = export.write_predictions(path, found, names, listing.classes)
        if (kept := answers.kept()) is not None:
            written[export.EPOCHS] = export.write_epochs(self.out_dir / export.EPOCHS, kept, listing)
        return written


def _alone(error: Exception) -> Exception:
    """The error without what its frames hold: it is kept, and with it the net on the card and the loaders' processes
    would be. Its traceback keeps all lines but the first, which is ours.
    """
    each: BaseException | None = error
    while each is not None:
        traceback.clear_frames(each.__traceback__)
        each = each.__cause__ or each.__context__
    return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)


def _export(
    recipe: Recipe,
    loader: str,
    model: torch.nn.Module,
    device: torch.device,
    card: dict[str, Any],
    emit: Emit,
    out_dir: Path,
) -> dict[str, Path]:
    emit(events.log(N_("Exporting the net to ONNX"), stage="export"))
    _free(device)
    properties = onnx_properties(card)
    return {
        export.ONNX: export.write_onnx(out_dir / export.ONNX, model, recipe.phases[-1].size, properties),
        export.PREDICT: export.write_predict(out_dir / export.PREDICT, recipe, loader),
        README: export.write_hub_card(out_dir / README, card, is_exported=True),  # in place of the one without
    }


def _free(device: torch.device) -> None:
    """Give back what the run held on the card, for the export and the next run."""
    forget_pictures()
    gc.collect()  # a Learner and its callbacks hold one another
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _VERSIONS}
