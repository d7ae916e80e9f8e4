"""Everything sota-lab knows, without a screen: maths, data, training, runs, figures.

No module below this package imports Streamlit; `pages/` is the only view.
"""

__version__ = "0.8.1"
