"""Ports for servers that a test or a benchmark starts."""

import socket
from contextlib import ExitStack

from benchmarks.site import PORTS, _is_ours_now, free_port, free_ports


def test_a_port_is_given_once_and_is_none_the_system_gives_away():
    given = {free_port() for _ in range(5)}
    assert len(given) == 5 and given <= set(PORTS) and max(PORTS) < 32_768
    assert not any(map(_is_ours_now, given))  # so nobody gets them again, in any process


def test_so_many_in_a_row_can_be_listened_at():
    first = free_ports(3)
    with ExitStack() as servers:
        for port in range(first, first + 3):
            servers.enter_context(socket.create_server(("127.0.0.1", port)))


def test_one_at_which_somebody_listens_is_not_given():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not _is_ours_now(taken.getsockname()[1])
