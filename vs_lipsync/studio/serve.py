"""The studio's server."""

import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from typing import Final

import uvicorn

from vs_lipsync.errors import JobError
from vs_lipsync.studio.app import application
from vs_lipsync.studio.guard import Guard, is_loopback
from vs_lipsync.studio.session import Session

__all__ = ["listen", "serve", "server_of"]

_ANY: Final = ("0.0.0.0", "::")  # noqa: S104 - what a user asks for in so many words


def serve(session: Session, host: str, port: int, tell: Callable[[str], None], *, browser: bool) -> None:
    """Serve the studio until it is told to end (SIGINT, SIGTERM).

    Args:
        session: the project.
        host: address to listen at.
        port: port to listen at; 0 for any that is free.
        tell: is given the address of the page, once it can be opened.
        browser: whether to open it in the user's browser.

    Raises:
        JobError: nobody can listen there.
    """
    try:
        with listen(host, port) as listening:
            token, once = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
            server = server_of(session, listening, host, token, once)
            name = "localhost" if host in _ANY else f"[{host}]" if ":" in host else host
            address = f"http://{name}:{listening.getsockname()[1]}/?token="
            tell(f"{address}{token}")
            session.start()
            if browser:  # beside the server, as a browser in a terminal returns when it is left
                threading.Thread(target=webbrowser.open, args=(f"{address}{once}",), daemon=True).start()
            server.run(sockets=[listening])
    finally:
        session.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        JobError: that is not to be had.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        why = error.strerror or str(error)
        raise JobError(f"cannot listen at {host}, port {port}: {why}; give another --port or --host") from error


def server_of(session: Session, listening: socket.socket, host: str, token: str, once: str = "") -> uvicorn.Server:
    """Return the server of a project, which lets in who has the token; arguments as for `Guard` and `serve`."""
    names = [] if is_loopback(host) or host in _ANY else [f"[{host}]" if ":" in host else host]
    if host in _ANY:
        names.append(socket.gethostname())
    guard = Guard(application(session), token, listening.getsockname()[1], names, once=once, any_address=host in _ANY)
    config = uvicorn.Config(
        guard, log_level="critical", timeout_graceful_shutdown=1, lifespan="off", server_header=False, ws="none"
    )
    return uvicorn.Server(config)
