"""The OpenAPI document: what the framework writes of the endpoints, with the problems that all of them may answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from coterie_web.rest.problems import MEDIA_TYPE, ProblemDetails

__all__ = ["DocumentedApi"]

_REFERENCE = {"$ref": "#/components/schemas/ProblemDetails"}

_ALWAYS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, and there is no valid token.",
    403: "The role, or the token's scopes, do not allow it; or X-CSRFToken is missing.",
    422: "A parameter, the body or a definition cannot be used.",
    500: "A defect. It is no fault of the request.",
}
"""What every endpoint may answer besides."""


class DocumentedApi(NinjaAPI):
    """An API whose document tells problems as they are answered: as `application/problem+json`."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        document["components"]["schemas"] |= _schemas()
        for operation in _operations(document):
            responses: dict[Any, Any] = operation["responses"]
            for status, description in _ALWAYS.items():
                responses.setdefault(status, {"description": description})
            for status, response in responses.items():
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: {"schema": _REFERENCE}}
            operation["responses"] = {str(status): responses[status] for status in sorted(responses, key=int)}
        return document


def _operations(document: OpenAPISchema) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _schemas() -> dict[str, Any]:
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "ProblemDetails": schema}
