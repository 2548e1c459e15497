"""A server process from its start to its end: stopped, killed, and refused with what to do."""

from __future__ import annotations

import os
import signal
import socket
import stat
from contextlib import ExitStack, closing
from dataclasses import fields
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import pytest

import coterie
from coterie_web.site.checking import check
from coterie_web.site.configuration import Configuration, ConfigurationError, configuration
from serving_process import Server, served


@pytest.mark.long
def test_a_server_ends_cleanly_and_survives_kills_of_either_process(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    with served(folder) as server:
        assert server.out.count("/sign-in/") == 1
        former = server.serving_pid()
        assert former is not None
        os.kill(former, signal.SIGKILL)
        _until(lambda: server.serving_pid() not in {None, former})
        server.wait()

        serving = server.serving_pid()
        assert serving is not None
        os.kill(server.pid, signal.SIGKILL)
        server.ended()
        server.begin()  # at once: the process that lost its parent lets go of port and store by itself
        server.wait()
        assert _is_gone(serving)

        assert server.stop() == 0
        assert server.err.splitlines()[-1].count("Coterie stopped.") == 1
        coterie.open(folder / "insights.duckdb", catalog=folder / "catalog.yaml").close()


@pytest.mark.long
def test_a_server_is_gone_soon_after_its_signal_though_a_client_is_slow(tmp_path: Path) -> None:
    """
    A form is announced and never arrives; both processes get the signal, as from a service manager.
    """
    with served(tmp_path / "server") as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(
            f"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: csrftoken={'a' * 32}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname=".encode()
        )
        sleep(0.5)
        serving = server.serving_pid()
        assert serving is not None
        os.kill(serving, signal.SIGTERM)
        assert server.stop() == 0
        assert _is_gone(serving)
        assert server.err.count("Coterie stopped.") == 1
        assert "Killing" not in server.err


def _until(holds: object, seconds: float = 30) -> None:
    deadline = monotonic() + seconds
    assert callable(holds)
    while not holds():
        assert monotonic() < deadline
        sleep(0.05)


def _is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"


@pytest.mark.long
def test_connections_that_browsers_keep_open_keep_nobody_out(tmp_path: Path) -> None:
    with served(tmp_path / "server", threads=2) as server, ExitStack() as until_then:
        for _ in range(8):
            browser = until_then.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=5)))
            browser.request("GET", "/healthz")
            assert browser.getresponse().read()


@pytest.mark.long
def test_a_server_with_a_catalog_that_cannot_be_used_says_what_is_wrong_in_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "server")
    server.folder.mkdir()
    (server.folder / "catalog.yaml").write_text("contact: {kay: id}\n", encoding="utf-8")
    server.begin()
    assert server.ended() == 3
    assert "error[unknown_key] contact.kay (line 1)" in server.err
    assert "Traceback" not in server.err


def test_a_port_in_use_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie_web.site.checking._PATIENCE", 0.1)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as another server has it
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        error = _refused(tmp_path, COTERIE_PORT=port)
    assert (error.code, error.exit_code) == ("unusable_address", 2)
    assert f"127.0.0.1:{port}: something listens there already" in str(error)
    check(configuration(tmp_path, {"COTERIE_PORT": port}))


@pytest.mark.parametrize(
    ("setting", "value", "code", "told"),
    [
        ("PORT", "0", "invalid_setting", "from 1 to 65535"),
        ("PORT", "many", "invalid_setting", "must be a whole number"),
        ("THREADS", "0", "invalid_setting", "at least one"),
        ("KEEP_DAYS", "1000000", "invalid_setting", "36500 days at most"),
        ("PUBLIC_URL", "segments.example.com", "invalid_setting", "Write https://"),
        ("PUBLIC_URL", "https://[segments", "invalid_setting", "Write https://"),
        ("HOST", "192.0.2.1", "unusable_address", "Choose another --host"),
        ("HOST", "no such host", "unusable_address", "Choose another --host"),
        ("TEST_CLOCK", "2026-11-23T12:00", "invalid_setting", "with its offset"),
        ("DATABASE_URL", "mysql://localhost/x", "invalid_setting", "postgresql://"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,my-proxy", "invalid_setting", "'my-proxy' is no address and no network"),
        ("DEMO", "perhaps", "invalid_setting", "true or false"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(tmp_path: Path, setting: str, value: str, code: str, told: str) -> None:
    error = _refused(tmp_path, **{f"COTERIE_{setting}": value})
    assert error.code == code
    assert told in str(error)


def _refused(folder: Path, **environment: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        check(configuration(folder, environment))
    return caught.value


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "coterie.toml").write_text(
        'port = 8200\nthreads = 3\nallowed_hosts = ["a.example"]\n', encoding="utf-8"
    )
    read = configuration(tmp_path, {"COTERIE_PORT": "8300", "COTERIE_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2"})
    assert (read.port, read.threads, read.allowed_hosts) == (8300, 3, ("a.example",))
    assert read.trusted_proxies == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize(
    ("text", "told"),
    [("port = ", "Mend it"), ("prot = 80", "unknown settings: prot"), ("port = true", "whole number")],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "coterie.toml").write_text(text, encoding="utf-8")
    assert told in str(_refused(tmp_path))


def test_every_setting_is_described() -> None:
    described = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    settings = [field.name for field in fields(Configuration) if field.name not in {"folder", "secret_key"}]
    assert [name for name in settings if f"`{name}`" not in described] == []


def test_the_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = configuration(tmp_path, {}).secret_key
    assert len(first) >= 50
    assert configuration(tmp_path, {}).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    (tmp_path / "secret-key").write_text("", encoding="utf-8")
    assert "Delete it" in str(_refused(tmp_path))


@pytest.mark.parametrize(
    ("settings", "address", "hosts"),
    [
        ({}, "http://127.0.0.1:8000", {"localhost", "127.0.0.1", "[::1]"}),
        ({"HOST": "::"}, "http://localhost:8000", {"localhost", "127.0.0.1", "[::1]"}),
        ({"HOST": "::1"}, "http://[::1]:8000", {"localhost", "127.0.0.1", "[::1]"}),
        (
            {"PUBLIC_URL": "https://segments.example/", "ALLOWED_HOSTS": "10.1.2.3"},
            "https://segments.example",
            {"localhost", "127.0.0.1", "[::1]", "segments.example", "10.1.2.3"},
        ),
    ],
)
def test_a_server_says_its_address_and_answers_to_its_names(
    tmp_path: Path, settings: dict[str, str], address: str, hosts: set[str]
) -> None:
    read = configuration(tmp_path, {f"COTERIE_{name}": value for name, value in settings.items()})
    assert read.address == address
    assert set(read.hosts) == hosts
