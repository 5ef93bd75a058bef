"""The guard of the test suite itself works."""

import socket

import pytest

from .conftest import LeftTheMachineError


def test_a_connection_beyond_loopback_fails() -> None:
    with socket.socket() as sock, pytest.raises(LeftTheMachineError):
        sock.connect(("192.0.2.1", 80))


def test_loopback_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as sock:
        sock.connect(server.getsockname())
