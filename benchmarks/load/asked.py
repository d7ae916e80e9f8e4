"""One request to the server and its answer."""

from dataclasses import dataclass, field

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

DONE = {
    ForwardMsg.FINISHED_SUCCESSFULLY: "ok",
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY: "fragment",
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR: "compile_error",
    ForwardMsg.FINISHED_EARLY_FOR_RERUN: "early",
}
GOOD = ("ok", "fragment")


@dataclass
class Run:
    """One request and its answer, on the client's clock, in seconds."""

    kind: str
    sent: float
    finished: float = 0.0  # script_finished has come, and the pictures that belong to it
    status: str = ""
    errors: list[str] = field(default_factory=list)
    is_cut: bool = False  # the connection ended meanwhile
    n_messages: int = 0  # that came of it
    n_scripts: int = 0  # runs of the script, or of a fragment, that it led to

    @property
    def total(self) -> float:
        return self.finished - self.sent

    @property
    def is_good(self) -> bool:
        return self.status in GOOD and not self.errors
