"""A web process that is not forked: Streamlit's command line, with what its very first answer needs.

All our other changes to Streamlit come with the pages, which are imported when somebody visits; by then a browser has
its cookies already.
"""

from streamlit.web import cli

from pages.shared.server import in_frame
from pages.shared.session import replaced
from sota_core.system import lifeline

if __name__ == "__main__":
    lifeline.end_with_it()
    replaced.apply(in_frame)
    cli.main(prog_name="streamlit")
