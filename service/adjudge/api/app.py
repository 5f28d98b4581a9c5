"""The application: what stands behind which path, and what lives as long as it does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import State
from starlette.exceptions import HTTPException

from .. import __version__
from ..engine import Engine
from ..jail import probe
from ..metrics import CONTENT_TYPE, Metrics
from ..rewards import profiles
from ..settings import Settings, load
from ..tracing import from_environment
from .body import Bodies
from .edge import Edge, internal
from .explain import refusal
from .intake import Intake
from .openapi import describe, docs_page
from .reports import (
    ProfileInfo,
    ReadyReport,
    VerifierInfo,
    engine_gauges,
    profile_info,
    ready_report,
    verifier_info,
    wait_told,
)
from .score import Score
from .vote import add_vote

_CODES = {404: "not_found", 405: "method_not_allowed"}


def create_app(settings: Settings | None = None) -> Edge:
    """The service as an ASGI application (a FastAPI application inside `Edge`, whose `state` has the parts).

    Its lifespan starts and stops the engine. Raises ConfigError.
    """
    settings = settings or load()
    engine = Engine(settings.for_engine())
    metrics = Metrics()
    bodies = Bodies(
        limit_bytes=settings.body_mb * 1_000_000,
        total_bytes=settings.bodies_mb * 1_000_000,
        pause_s=settings.read_timeout_s,
    )
    intake = Intake(bodies, metrics)
    tracing = from_environment(os.environ)
    engine.counters.on_verdict = metrics.observe_verdict
    in_flight = "Score requests that are being answered."
    metrics.watch(
        engine.counters, lambda: {**engine_gauges(engine), "requests_in_flight": (intake.in_flight, in_flight)}
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await engine.start()
        except Exception as error:
            app.state.failure = error
            raise
        looking = asyncio.create_task(_look(engine, app.state))
        try:
            yield
        finally:
            intake.draining = True
            looking.cancel()
            await engine.stop(drain=True)
            intake.close()
            if tracing is not None:
                await asyncio.to_thread(tracing.close)

    app = FastAPI(
        title="adjudge",
        version=__version__,
        summary="Verifier and reward service for reinforcement learning with verifiable rewards",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.failure, app.state.lacks, app.state.looked = None, None, asyncio.Event()
    app.state.engine, app.state.intake, app.state.settings = engine, intake, settings
    _add_routes(app, engine, intake, metrics)
    add_vote(app, engine, intake)
    _add_errors(app)
    describe(app)
    return Edge(
        app, score=Score(engine, intake, metrics), metrics=metrics, log_requests=settings.log_requests, tracing=tracing
    )


async def _look(engine: Engine, state: State) -> None:
    """Find out what the rung that the workers stand on lacks; in the background, for it may take a second."""
    try:
        await wait_told(engine)
        if engine.jail is not None:
            state.lacks = list((await probe(())).rung(engine.jail).lacks)
    finally:
        state.looked.set()


def _add_routes(app: FastAPI, engine: Engine, intake: Intake, metrics: Metrics) -> None:
    verifiers = [verifier_info(each) for _, each in sorted(engine.verifiers.items())]
    recipes = [profile_info(each) for each in profiles().values()]

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return docs_page()

    @app.get("/v1/verifiers", tags=["verifiers"], summary="What can judge")
    async def list_verifiers() -> list[VerifierInfo]:
        """Every verifier: its revision, what it sees, its range, its options as JSON schema, its manual."""
        return verifiers

    @app.get("/v1/profiles", tags=["profiles"], summary="Recipes to pay by", response_model_exclude_unset=True)
    async def list_profiles() -> list[ProfileInfo]:
        """Every reward profile, all of its revisions: its terms and weights, its source, where it differs from that."""
        return recipes

    @app.get("/healthz", tags=["health"], summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get(
        "/readyz",
        tags=["health"],
        summary="Are requests taken now?",
        responses={503: {"model": ReadyReport, "description": "Not now: it starts, drains, or has no worker."}},
        response_model_exclude_none=True,
    )
    async def readyz(response: Response) -> ReadyReport:
        """Whether requests are taken now: workers, the rung of their jail, and what that rung lacks."""
        report = ready_report(engine, draining=intake.draining, lacks=app.state.lacks)
        if not report.ready:
            response.status_code = 503
        return report

    @app.get("/metrics", tags=["health"], summary="Metrics for Prometheus", response_class=Response)
    async def metrics_text() -> Response:
        """Counters, gauges and histograms in Prometheus's text format."""
        return Response(await asyncio.to_thread(metrics.text), media_type=CONTENT_TYPE)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse(internal(), 500)  # the edge logs it, with the request's id

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "refused")
        detail: Any = error.detail
        if error.status_code == 404:
            detail = f"there is no {request.url.path[:200]}; see /docs or /openapi.json for what there is"
        elif error.status_code == 405:
            detail = f"{request.url.path[:200]} does not take {request.method[:20]}"
        return JSONResponse(refusal(code, str(detail)), error.status_code, headers=dict(error.headers or {}))
