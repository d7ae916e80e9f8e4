"""A small training that waits before every batch until it is asked to go on, and fastai's learning rate finder.

No Streamlit.
"""
