"""What a run leaves for people without this project: scripts that ask its net, and the card that goes with it.

Text only, made of the recipe and model.json; no torch.
"""
