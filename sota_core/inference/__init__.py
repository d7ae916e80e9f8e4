"""Predictions of an exported model, for the pages: onnxruntime and NumPy, no torch."""

from sota_core.inference.model import ExportedModel, load_model, predict, probabilities

__all__ = ["ExportedModel", "load_model", "predict", "probabilities"]
