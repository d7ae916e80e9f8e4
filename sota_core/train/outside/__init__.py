"""What a run leaves for people without this project: scripts that run its net, and the model card.

Text only, made from the recipe and model.json; no torch.
"""

README = "README.md"
# What belongs in a public repository: not predictions.npz, which names the validation pictures' files.
PUSHED = (README, "model.json", "model.onnx", "model.safetensors", "predict.py", "predict_fastai.py")
