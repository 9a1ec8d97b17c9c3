"""The studio's pages and what they ask for."""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import CancelledError
from typing import Any, Final

import vapoursynth as vs
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from vs_lipsync.errors import LipsyncError, one_line
from vs_lipsync.studio.assets import read_asset
from vs_lipsync.studio.pictures import SIDES, VERSIONS
from vs_lipsync.studio.session import Session

__all__ = ["application"]

_MOST_ASKED: Final = 1 << 20
"""Bytes of a request that is no upload, at most."""

_PATIENCE: Final = 20.0
"""Seconds that a request for the state waits for news."""

_STEP: Final = 0.05


def application(session: Session) -> Starlette:
    """Return the application of a project. It is to stand behind a `Guard`."""

    async def asset(request: Request) -> Response:
        found = read_asset(request.path_params.get("name", "index.html"))
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1])

    async def told() -> Response:
        return JSONResponse(await run_in_threadpool(session.told))

    async def state(request: Request) -> Response:
        seen = _number(request.query_params.get("after", "0"))
        waited = 0.0
        while session.pulse.count == seen and waited < _PATIENCE and not await request.is_disconnected():
            await asyncio.sleep(_STEP)
            waited += _STEP
        return await told()

    async def footage(_request: Request) -> Response:
        return JSONResponse(session.analyst.footage)

    async def parts(_request: Request) -> Response:
        return JSONResponse(session.analyst.parts)

    async def frame(request: Request) -> Response:
        side = _number(request.query_params.get("side", "1280"))
        if side not in SIDES:
            raise HTTPException(400, "there is no such size")
        version, n = request.path_params["version"], request.path_params["number"]
        if version not in VERSIONS:
            raise HTTPException(404)
        try:
            shown = await asyncio.wrap_future(session.pictures.frame(version, n, side))
        except (asyncio.CancelledError, CancelledError):
            return Response(status_code=204)  # another frame was asked for meanwhile
        return Response(
            shown.jpeg, media_type="image/jpeg", headers={"X-Action": shown.action, "X-Reason": shown.reason}
        )

    async def change(request: Request) -> Response:
        asked = await _asked(request)
        changes = asked.get("changes")
        if not isinstance(changes, list) or not all(isinstance(one, dict) for one in changes):
            raise HTTPException(400, "changes must be a list")
        await run_in_threadpool(session.change, changes)
        return await told()

    async def undo(_request: Request) -> Response:
        await run_in_threadpool(session.undo)
        return await told()

    async def redo(_request: Request) -> Response:
        await run_in_threadpool(session.redo)
        return await told()

    async def cut(request: Request) -> Response:
        asked = await _asked(request)
        frame = _frame(asked, "frame")
        await run_in_threadpool(lambda: session.cut(frame, is_cut=bool(asked.get("is_cut"))))
        return await told()

    async def merge(request: Request) -> Response:
        asked = await _asked(request)
        kept, other = _person(asked, "kept"), _person(asked, "other")
        await run_in_threadpool(lambda: session.change(session.casting.merge(kept, other)))
        return await told()

    async def split(request: Request) -> Response:
        asked = await _asked(request)
        person, frame = _person(asked, "person"), _frame(asked, "frame")
        await run_in_threadpool(lambda: session.change(session.casting.split(person, frame)))
        return await told()

    async def match(request: Request) -> Response:
        asked = await _asked(request)
        stems = asked.get("stems")
        if asked.get("stop"):
            await run_in_threadpool(session.casting.stop_matching)
        elif asked.get("use"):
            await run_in_threadpool(lambda: session.change(session.casting.found()))
            await run_in_threadpool(session.casting.stop_matching)
        elif isinstance(stems, list) and all(isinstance(name, str) for name in stems):
            await run_in_threadpool(session.casting.match, stems)
        else:
            raise HTTPException(400, "stems must be a list of names")
        return await told()

    async def judge(request: Request) -> Response:
        asked = await _asked(request)
        await run_in_threadpool(session.result.stop_judging if asked.get("stop") else session.judge)
        return await told()

    async def judged(_request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(session.judged))

    async def upload(request: Request) -> Response:
        size = request.headers.get("content-length")
        name = request.query_params.get("name", "")
        taken = await session.shelf.take(name, _number(size) if size else None, request.stream())
        session.pulse.beat()
        return JSONResponse({"name": taken})

    async def render(request: Request) -> Response:
        asked = await _asked(request)
        if asked.get("stop"):
            await run_in_threadpool(session.result.stop)
        else:
            afresh, overwrite = bool(asked.get("afresh")), bool(asked.get("overwrite"))
            await run_in_threadpool(lambda: session.start_render(afresh=afresh, overwrite=overwrite))
        return await told()

    async def play(request: Request) -> Response:
        asked = await _asked(request)
        version = asked.get("version", "after")
        if version not in VERSIONS:
            raise HTTPException(400, "there is no such version")
        first, stop = _frame(asked, "first"), _frame(asked, "stop")
        return JSONResponse(await run_in_threadpool(session.play, version, first, stop))

    async def played(request: Request) -> Response:
        number = request.path_params["number"]
        path = session.previews.file(number)
        if path is not None:
            return FileResponse(path, media_type="video/mp4")
        growing = session.previews.stream(number)
        if growing is None:
            raise HTTPException(404)
        return StreamingResponse(growing, media_type="video/mp4", headers={"Cache-Control": "no-store"})

    async def result(_request: Request) -> Response:
        output = session.project.call.output
        if output is None or not output.is_file() or not session.shelf.holds(output):
            raise HTTPException(404)
        return FileResponse(output, filename=output.name)

    return Starlette(
        routes=[
            Route("/", asset),
            Route("/page/{name:path}", asset),
            Route("/api/state", state),
            Route("/api/footage", footage),
            Route("/api/parts", parts),
            Route("/api/frame/{version}/{number:int}", frame),
            Route("/api/change", change, methods=["POST"]),
            Route("/api/undo", undo, methods=["POST"]),
            Route("/api/redo", redo, methods=["POST"]),
            Route("/api/cut", cut, methods=["POST"]),
            Route("/api/merge", merge, methods=["POST"]),
            Route("/api/split", split, methods=["POST"]),
            Route("/api/match", match, methods=["POST"]),
            Route("/api/judge", judge, methods=["POST"]),
            Route("/api/judged", judged),
            Route("/api/upload", upload, methods=["POST"]),
            Route("/api/render", render, methods=["POST"]),
            Route("/api/play", play, methods=["POST"]),
            Route("/api/played/{number:int}", played),
            Route("/api/result", result),
        ],
        exception_handlers={LipsyncError: _said, OSError: _said, vs.Error: _said, HTTPException: _refused},
    )


async def _asked(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_ASKED:
            raise HTTPException(413, "too much was asked at once")
    try:
        asked = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "the request is no JSON") from error
    if not isinstance(asked, dict):
        raise HTTPException(400, "the request is no JSON object")
    return asked


def _frame(asked: Mapping[str, Any], name: str) -> int:
    """Return the number of a frame in a request."""
    value = asked.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise HTTPException(400, f"{name} must be a number")
    return value


def _person(asked: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what a request says of somebody."""
    value = asked.get(name)
    if not isinstance(value, dict):
        raise HTTPException(400, f"{name} must be somebody")
    return value


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise HTTPException(400, "this must be a number")
    return int(text)


async def _said(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": one_line(error)}, 409)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code)
