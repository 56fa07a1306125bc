"""The OpenAPI document of what is served over HTTP.

What a session may say, and how GA shows one, come from the structs that read and write them.
"""

from typing import Any

import msgspec
from msgspec import Struct

from repartee import __version__
from repartee.protocol.beta import FlatSession, FlatTranscriptionSession
from repartee.protocol.client import SaidConfig, SaidTranscriptionConfig
from repartee.protocol.config import Config, TranscriptionConfig
from repartee.protocol.creation import ClientSecretAsked, ExpiresAfter
from repartee.protocol.said import Unbuilt
from repartee.server.edge import CALLS_PATH
from repartee.server.websocket_route import PATHS

Json = dict[str, Any]

_REF = "#/components/schemas/"
_BEARER: list[Json] = [{"bearer": []}, {"apiKey": []}]
_ERRORS = {
    "400": "The request or its body cannot be obeyed; `param` says which member.",
    "401": "The API key is missing or wrong.",
    "403": "The host or the web page may not use this server.",
    "404": "There is no such thing.",
    "405": "Not with this method.",
    "408": "The request did not arrive in time.",
    "413": "The body is too long.",
    "415": "The body is neither an SDP offer nor a form with one.",
    "426": "This address speaks WebSocket.",
    "429": "A limit of the key is reached, or too many keys were wrong; see `Retry-After`.",
    "431": "The head of the request is too long.",
    "500": "The server failed.",
    "501": "The server was installed without this.",
    "503": "Not now; `Retry-After` says when to try again.",
}
_ALWAYS = ("400", "403", "405", "408", "413", "431", "500")
_KEYED = (*_ALWAYS, "401", "429", "503")
_INTEGER, _STRING = {"type": "integer"}, {"type": "string"}


def document() -> Json:
    """The whole document, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "repartee",
            "version": __version__,
            "description": "A self-hosted server for the OpenAI Realtime API.",
        },
        "servers": [{"url": "/"}],
        "paths": _probes() | _models() | _secrets() | _realtime() | _hang_up(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "api-key"},
            },
        },
    }


# Paths


def _probes() -> Json:
    return {
        "/healthz": {"get": _get("Whether the server is alive.", "Health", open_to_all=True)},
        "/readyz": {
            "get": _get("Whether it takes sessions.", "Readiness", open_to_all=True, more=("503",))
        },
        "/openapi.json": {"get": _get("This document.", "Document", open_to_all=True)},
    }


def _models() -> Json:
    name = {"name": "model", "in": "path", "required": True, "schema": _STRING}
    one = _get("A model.", "Model", more=("404",))
    return {
        "/v1/models": {"get": _get("The models that are listed; any other may do.", "Models")},
        "/v1/models/{model}": {"get": one | {"parameters": [name]}},
    }


def _secrets() -> Json:
    named = {
        "client_secrets": ("An ephemeral key for a session.", "ClientSecret"),
        "sessions": ("The same, in the beta shape.", "Session"),
        "transcription_sessions": ("The same, for one that transcribes.", "TranscriptionSession"),
    }
    return {
        f"/v1/realtime/{name}": {"post": _post(summary, schema)}
        for name, (summary, schema) in named.items()
    }


def _realtime() -> Json:
    # Another intent than "transcription" or "realtime" is refused after the upgrade.
    names = ("model", "deployment", "api-version", "intent", "call_id")
    words: Json = dict.fromkeys(names, _STRING)
    upgrade: Json = {
        "summary": "A session, over a WebSocket.",
        "security": [*_BEARER, {}],  # a wrong key is told after the upgrade
        "parameters": [{"name": name, "in": "query", "schema": words[name]} for name in words],
        "responses": {
            "101": {"description": "A session begins; a wrong key or model is told in it."},
            **_refusals(*_KEYED, "426"),
        },
    }
    beta = _call("A call over WebRTC, in the beta dialect.", upgrade["parameters"])
    model = {"name": "model", "in": "query", "schema": _STRING}
    calls = {CALLS_PATH: {"post": _call("A call over WebRTC.", [model])}}
    return calls | {path: {"get": upgrade, "post": beta} for path in PATHS}


def _call(summary: str, parameters: list[Json]) -> Json:
    sdp = {"type": "string", "description": "SDP, with audio and a data channel."}
    form = _object(sdp=sdp, session=_ref("SaidRealtime")) | {"required": ["sdp"]}
    location = {"description": "The path of the call; hangup is below it.", "schema": _STRING}
    return {
        "summary": summary,
        "security": _BEARER,
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {
                "application/sdp": {"schema": sdp},
                "multipart/form-data": {"schema": form},
            },
        },
        "responses": {
            "201": {
                "description": "The answer to the offer.",
                "headers": {"Location": location},
                "content": {"application/sdp": {"schema": _STRING}},
            },
            **_refusals(*_KEYED, "415", "501"),
        },
    }


def _hang_up() -> Json:
    call_id = {"name": "call_id", "in": "path", "required": True, "schema": _STRING}
    hang_up = {
        "summary": "Ends a call.",
        "security": _BEARER,
        "parameters": [call_id],
        "responses": {"200": {"description": "It is over."}, **_refusals(*_KEYED, "404")},
    }
    return {f"{CALLS_PATH}/{{call_id}}/hangup": {"post": hang_up}}


def _get(
    summary: str, schema: str, *, open_to_all: bool = False, more: tuple[str, ...] = ()
) -> Json:
    errors = (*(_ALWAYS if open_to_all else _KEYED), *more)
    return {
        "summary": summary,
        "security": [{}] if open_to_all else _BEARER,
        "responses": {"200": _content(summary, schema), **_refusals(*errors)},
    }


def _post(summary: str, schema: str) -> Json:
    return {
        "summary": summary,
        "security": _BEARER,
        "parameters": [
            _header("OpenAI-Safety-Identifier", "The user, for the operator; bound to the key."),
            _header("OpenAI-Project", "The project that the key is for."),
        ],
        "requestBody": {"content": {"application/json": {"schema": _ref(f"{schema}Create")}}},
        "responses": {"200": _content(summary, schema), **_refusals(*_KEYED)},
    }


def _header(name: str, description: str) -> Json:
    schema = {"type": "string", "maxLength": 64}
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _refusals(*statuses: str) -> Json:
    return {status: _content(_ERRORS[status], "Error") for status in sorted({*statuses})}


def _content(description: str, schema: str) -> Json:
    content = {"application/json": {"schema": _ref(schema)}}
    return {"description": description, "content": content}


# Schemas


def _schemas() -> Json:
    schemas: Json = {}
    for name, kind in (
        ("ExpiresAfter", ExpiresAfter),
        ("ClientSecretAsked", ClientSecretAsked),
        ("SaidRealtime", SaidConfig),
        ("SaidTranscription", SaidTranscriptionConfig),
        ("SaidFlat", FlatSession),
        ("SaidFlatTranscription", FlatTranscriptionSession),
        ("Realtime", Config),
        ("Transcription", TranscriptionConfig),
    ):
        schemas |= _of_struct(name, kind)
    return schemas | _bodies(schemas) | _answers()


def _of_struct(name: str, kind: type[Struct]) -> Json:
    """The schemas of a struct and of all that is in it; different ones may have one name."""
    template = f"{_REF}{name}.{{name}}"
    (schema,), parts = msgspec.json.schema_components([kind], ref_template=template)
    whole = schema["$ref"].removeprefix(f"{_REF}{name}.")
    named = {f"{name}.{part}": shape for part, shape in parts.items() if part != whole}
    unbuilt = {f"{_REF}{name}.{kind.__name__}" for kind in Unbuilt.__subclasses__()}
    shown = {part: shape for part, shape in named.items() if _REF + part not in unbuilt}
    pruned: Json = _without({name: parts[whole], **shown}, unbuilt)
    return pruned


def _without(schema: Any, refused: set[str]) -> Any:
    """A schema without what is known, and refused by name."""
    match schema:
        case dict():
            kept = {
                name: one
                for name, one in schema.items()
                if not (isinstance(one, str) and one in refused)
            }
            return {name: _without(one, refused) for name, one in kept.items()}
        case list():
            shown = (one for one in schema if not ({*_refs(one)} & refused))
            return [_without(one, refused) for one in shown]
        case _:
            return schema


def _refs(schema: Any) -> list[str]:
    return [schema["$ref"]] if isinstance(schema, dict) and "$ref" in schema else []


def _bodies(said: Json) -> Json:
    """What the POSTs take; a flat session has its key's members among its own."""
    key = {"client_secret": {"anyOf": [_ref("ClientSecretAsked"), {"type": "null"}]}}
    nested = _with(said["SaidRealtime"], key)
    nested["required"] = []  # its type: there is one kind
    flat = _with(said["SaidFlat"], key)
    return {
        "ClientSecretCreate": {
            "type": "object",
            "properties": {
                "expires_after": _or_null(_ref("ExpiresAfter")),
                "session": _or_null(_ref("SaidRealtime"), _ref("SaidTranscription")),
            },
            "additionalProperties": False,
        },
        "SessionCreate": {"anyOf": [flat, nested]},
        "TranscriptionSessionCreate": _with(said["SaidFlatTranscription"], key),
    }


def _answers() -> Json:
    probe: Json = {"status": _STRING}
    kept: Json = {"status": {"enum": ["ready", "degraded"]}, "reason": _STRING}
    model = {"id": _STRING, "object": {"const": "model"}, "created": _INTEGER, "owned_by": _STRING}
    key: Json = {"value": {"type": "string", "pattern": "^ek_"}, "expires_at": _INTEGER}
    flat: Json = {"id": _STRING, "expires_at": _INTEGER, "client_secret": _object(**key)}
    transcribing: Json = flat | {"object": {"const": "realtime.transcription_session"}}
    session = {"anyOf": [_ref("Realtime"), _ref("Transcription")]}
    error: Json = {"message": _STRING, "type": _STRING, "param": _or_null(_STRING)}
    return {
        "Health": _object(**probe),
        "Readiness": _object(**kept, records_dropped=_INTEGER) | {"required": ["status"]},
        "Document": {"type": "object"},
        "Model": _object(**model),
        "Models": _object(object={"const": "list"}, data={"type": "array", "items": _ref("Model")}),
        "ClientSecret": _object(**key, session=session),
        "Session": _object(**flat, object={"const": "realtime.session"}, model=_STRING),
        "TranscriptionSession": _object(**transcribing),
        "Error": _object(error=_object(**error, code=_or_null(_STRING))),
    }


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _with(schema: Json, properties: Json) -> Json:
    return schema | {"properties": schema["properties"] | properties}


def _or_null(*schemas: Json) -> Json:
    return {"anyOf": [*schemas, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": _REF + name}
