"""The door: who has no token, another name or another origin gets nothing, and cannot do anything."""

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from vs_lipsync.studio.guard import Guard, is_loopback

HOST = "127.0.0.1:8080"
COOKIE = "vs-lipsync-8080=secret"
OWN = {"host": HOST, "cookie": COOKIE}


def ask(
    headers: dict[str, str] | list[tuple[str, str]],
    *,
    method: str = "GET",
    path: str = "/api/state",
    query: str = "",
    guard: Guard | None = None,
    **options: Any,  # noqa: ANN401 - those of the guard
) -> tuple[int, dict[str, str], str]:
    """What a guard of an application that says "inside" answers."""
    guard = guard or Guard(PlainTextResponse("inside"), "secret", 8080, **options)
    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
    }  # fmt: skip
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(guard(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(one.get("body", b"") for one in sent[1:]).decode()


def test_the_token_opens_the_door_and_leaves_the_address() -> None:
    status, headers, _ = ask({"host": HOST}, path="/", query="token=secret")
    assert status == 303 and headers["location"] == "/"
    assert headers["set-cookie"].startswith(f"{COOKIE};")
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=strict" in headers["set-cookie"]
    assert ask(OWN)[::2] == (200, "inside")
    assert ask({"host": HOST, "x-studio-token": "secret"})[0] == 200
    assert ask({"host": "localhost:8080", "cookie": COOKIE})[0] == 200
    assert ask({"host": "[::1]:8080", "cookie": COOKIE})[0] == 200


def test_what_a_browser_is_started_with_opens_the_door_once() -> None:
    guard = Guard(PlainTextResponse("inside"), "secret", 8080, once="once")
    status, headers, _ = ask({"host": HOST}, path="/", query="token=once", guard=guard)
    assert status == 303 and headers["set-cookie"].startswith(f"{COOKIE};")
    assert ask({"host": HOST}, path="/", query="token=once", guard=guard)[0] == 403
    assert ask({"host": HOST, "x-studio-token": "once"}, guard=guard)[0] == 403
    assert ask({"host": HOST}, path="/", query="token=secret", guard=guard)[0] == 303
    assert ask({"host": HOST}, path="/", query="token=")[0] == 403


@pytest.mark.parametrize("path", ["/", "/api/state", "/api/frame/before/1", "/page/script/main.js", "/api/result"])
@pytest.mark.parametrize(
    "given", [{}, {"cookie": "vs-lipsync-8080=wrong"}, {"cookie": "other=secret"}, {"x-studio-token": ""}]
)
def test_nothing_is_to_be_had_without_the_token(path: str, given: dict[str, str]) -> None:
    status, _, body = ask({"host": HOST, **given}, path=path)
    assert status == 403 and "inside" not in body


def test_a_wrong_token_in_the_address_sets_nothing() -> None:
    for query in ("token=wrong", "token=", "token=%C3%BF"):
        status, headers, _ = ask({"host": HOST}, path="/", query=query)
        assert status == 403 and "set-cookie" not in headers
    assert ask({"host": HOST}, query="token=secret")[0] == 403  # nowhere but at the page itself


@pytest.mark.parametrize(
    "host",
    ["evil.example:8080", "evil.example", "127.0.0.1", "127.0.0.1:80", "192.168.1.2:8080", "", "[::1", "127.0.0.1:x",
     "127.0.0.1.evil.example:8080", "localhost:8080@evil.example"],
)  # fmt: skip
def test_a_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    assert ask({**OWN, "host": host})[0] == 421


def test_two_hosts_are_refused() -> None:
    assert ask([("host", HOST), ("host", HOST), ("cookie", COOKIE)])[0] == 421
    assert ask({"cookie": COOKIE})[0] == 421


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "given",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": f"https://{HOST}"}, {"origin": "http://127.0.0.1:81"},
     {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_other_pages_are_refused_even_with_the_cookie(method: str, given: dict[str, str]) -> None:
    assert ask({**OWN, "x-studio": "1", **given}, method=method)[0] == 403


def test_a_form_cannot_change_anything() -> None:
    assert ask(OWN, method="POST")[0] == 403
    assert ask({**OWN, "x-studio": "1"}, method="POST")[0] == 200
    assert (
        ask({**OWN, "x-studio": "1", "origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}, method="POST")[0]
        == 200
    )
    assert "access-control-allow-origin" not in ask({**OWN, "origin": "http://evil.example"}, method="OPTIONS")[1]


def test_other_addresses_only_where_they_are_asked_for() -> None:
    elsewhere = {"host": "192.168.1.2:8080", "cookie": COOKIE}
    assert ask(elsewhere, any_address=True)[0] == 200
    assert ask(elsewhere, names=["192.168.1.2"])[0] == 200
    assert ask({"host": "evil.example:8080", "cookie": COOKIE}, any_address=True)[0] == 421


def test_answers_say_what_a_browser_must_not_do() -> None:
    for headers in (ask(OWN)[1], ask({"host": HOST})[1]):
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"] and "http" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


def test_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.2", "example.org", "localhost.example.org", "")))  # noqa: S104
