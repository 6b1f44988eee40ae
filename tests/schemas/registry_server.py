"""A schema registry on the wire: Confluent's HTTP interface, as far as it is used, in memory.

Answers as documented at https://docs.confluent.io/platform/current/schema-registry/develop/api/.
"""

import asyncio
import json
import threading
from types import TracebackType
from typing import Any, Self

from aiohttp import web


class RegistryServer:
    """Runs in a thread of its own; `fail_with` makes it answer a status to everything."""

    def __init__(self) -> None:
        self.subjects: dict[str, list[int]] = {}
        self.schemas: dict[int, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.fail_with: int | None = None
        self.refuse: set[str] = set()
        self.password: str | None = None
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, schema: Any, **more: Any) -> int:
        """Put a schema under a new id, as another application would."""
        schema_id = 100 + len(self.schemas)
        self.schemas[schema_id] = {"schema": json.dumps(schema), **more}
        return schema_id

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app())
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._gate])
        app.router.add_post("/subjects/{subject}/versions", self._register)
        app.router.add_post("/subjects/{subject}", self._look_up)
        app.router.add_get("/schemas/ids/{id}", self._by_id)
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        if self.fail_with is not None:
            return answer({"error_code": 50001, "message": "broken"}, self.fail_with)
        if self.password is not None:
            given = request.headers.get("Authorization")
            if given is None or given != self.password:
                return answer({"error_code": 401, "message": "Unauthorized"}, 401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _register(self, request: web.Request) -> web.Response:
        subject = request.match_info["subject"]
        if subject in self.refuse:
            message = "Schema being registered is incompatible with an earlier schema"
            return answer({"error_code": 409, "message": message}, 409)
        text = json.dumps(json.loads((await request.json())["schema"]))
        schema_id = self._find(text)
        if schema_id is None:
            schema_id = len(self.schemas) + 1
            self.schemas[schema_id] = {"schema": text}
        self.subjects.setdefault(subject, []).append(schema_id)
        return answer({"id": schema_id})

    async def _look_up(self, request: web.Request) -> web.Response:
        text = json.dumps(json.loads((await request.json())["schema"]))
        schema_id = self._find(text)
        known = self.subjects.get(request.match_info["subject"], [])
        if schema_id is None or schema_id not in known:
            return answer({"error_code": 40403, "message": "Schema not found"}, 404)
        return answer({"id": schema_id, "version": 1, "schema": text})

    async def _by_id(self, request: web.Request) -> web.Response:
        found = self.schemas.get(int(request.match_info["id"]))
        if found is None:
            return answer({"error_code": 40403, "message": "Schema not found"}, 404)
        return answer(found)

    def _find(self, text: str) -> int | None:
        ids = [each for each, schema in self.schemas.items() if schema["schema"] == text]
        return ids[0] if ids else None


def answer(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, content_type="application/vnd.schemaregistry.v1+json"
    )
