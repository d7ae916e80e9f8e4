"""A small training that waits for a hand before every batch, and fastai's learning rate finder. No Streamlit."""
