"""What a run leaves for people without this project: scripts that ask its net, and the card that goes with it.

Text only, made of the recipe and model.json; no torch.
"""

README = "README.md"
# What belongs into a public repository: not predictions.npz, which names the validation pictures' files.
PUSHED = (README, "model.json", "model.onnx", "model.safetensors", "predict.py", "predict_fastai.py")
