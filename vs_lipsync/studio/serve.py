"""The studio's server."""

import secrets
import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from vs_lipsync.errors import JobError
from vs_lipsync.studio.app import application
from vs_lipsync.studio.guard import Guard, is_loopback
from vs_lipsync.studio.session import Session

__all__ = ["serve"]

_ANY = ("0.0.0.0", "::")  # noqa: S104 - what a user asks for in so many words


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
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(64)
    except OSError as error:
        listening.close()
        raise JobError(f"cannot listen at {host}, port {port}: {error.strerror}; give another --port") from error
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    names = [] if is_loopback(host) or host in _ANY else [f"[{host}]" if ":" in host else host]
    if host in _ANY:
        names.append(socket.gethostname())
    guarded = Guard(application(session), token, port, names, any_address=host in _ANY)
    config = uvicorn.Config(
        guarded, log_level="error", timeout_graceful_shutdown=1, lifespan="off", server_header=False
    )
    shown = "localhost" if host in _ANY else f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/?token={token}"
    tell(address)
    session.start()
    try:
        if browser:
            webbrowser.open(address)
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        session.close()
        listening.close()
