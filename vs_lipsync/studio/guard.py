"""Who may talk to the studio: those with its token, from its own page, by one of its own names."""

import hmac
import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard", "is_loopback"]

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_SAFE: Final = ("GET", "HEAD")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine and nobody else's way to it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets requests through to an application that come from its own page.

    A page of somebody else's, open in the same browser, can send requests to this machine. It cannot know the token;
    its requests have its own Origin; and a name of its own that it lets point to this machine stands in Host.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str,
        port: int,
        names: Iterable[str] = (),
        *,
        once: str = "",
        any_address: bool = False,
    ) -> None:
        """Guard an application.

        Args:
            app: the application.
            token: what who may talk to it knows.
            port: at which it is reached.
            names: by which it is reached, beside those of loopback.
            once: stands for the token in one address, the first time that it is opened; empty for nothing. A browser
                that is started with an address shows it to all users of the machine.
            any_address: whether it is also reached by any address written in numbers.
        """
        self._app = app
        self._token = token
        self._cookie = f"vs-lipsync-{port}"
        self._port = port
        self._once = once
        self._names = {"localhost", "127.0.0.1", "[::1]", *(name.lower() for name in names)}
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            return
        refused = self._refusal(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await (self._app if refused is None else refused)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return what is answered in place of the application; None to let a request through."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or not self._is_ours(host):
            return PlainTextResponse("This is not the studio's address.", 421)
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host}":
            return PlainTextResponse("This request comes from another page.", 403)
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            # A link somewhere else may still open the page itself, which asks for the token then.
            return PlainTextResponse("This request comes from another page.", 403)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] == "GET" and scope["path"] == "/" and "token" in query:
            if not self._is_token(query["token"][0]) and not self._is_once(query["token"][0]):
                return self._unknown()
            answer = RedirectResponse("/", 303)  # so that the token stands in no address that is copied
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
            return answer
        given = headers.get("x-studio-token") or cookie_parser(headers.get("cookie", "")).get(self._cookie, "")
        if not self._is_token(given):
            return self._unknown()
        # A form cannot send this header, and a script of another page only with our leave, which we never give.
        if scope["method"] not in _SAFE and headers.get("x-studio") != "1":
            return PlainTextResponse("This request comes from another page.", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if port != self._port or "@" in host:
            return False
        written = f"[{name}]" if ":" in name else name
        if written in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._any_address

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _is_once(self, given: str) -> bool:
        if not self._once or not hmac.compare_digest(given.encode(), self._once.encode()):
            return False
        self._once = ""
        return True

    def _unknown(self) -> Response:
        return PlainTextResponse("Open the address that vs-lipsync studio printed: its token is missing here.", 403)
