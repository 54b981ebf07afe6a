"""The connector's contract (../../wit) with Python's types, over the values of wasmtime, which have none."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, TypeVar

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

from host import Host

INTERFACE = "connectors:stripe/{}@0.1.0"

# What the host gives, by interface.
GIVEN = {"settings": ["all"], "secrets": ["get"], "throttle": ["admit", "observe"], "log": ["enabled", "write"]}

# Fields of records that are JSON.
JSON = {"rows", "fields", "output", "object", "stripe"}

Fields = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """What every call takes."""

    account: str | None = None
    idempotency_key: str | None = None
    deadline_ms: int | None = None
    expand: list[str] | None = None
    parents: list[tuple[str, str]] | None = None
    parameters: str | None = None


@dataclass(frozen=True)
class Order:
    column: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """Which rows, and what of them."""

    entity: str
    filter: str | None = None
    order_by: Order | None = None
    columns: list[str] | None = None
    page_size: int | None = None
    page_token: str | None = None
    raw: bool | None = None


@dataclass(frozen=True)
class Page:
    rows: list[Fields]
    next_page_token: str | None
    scanned: int


@dataclass(frozen=True)
class Row:
    fields: Fields
    request_id: str | None


@dataclass(frozen=True)
class Change:
    id: str | None
    fields: Fields
    request_id: str | None
    idempotency_key: str | None


@dataclass(frozen=True)
class Outcome:
    """What an action did: `output` is the documented answer, `object` the row of the object."""

    output: list[dict[str, str | None]]
    object: Fields
    id: str | None
    status: str | None
    request_id: str | None
    idempotency_key: str | None


@dataclass(eq=False)
class Failure(Exception):
    """Why a call has no result. `effect` is what it did to Stripe's data all the same: none, unknown or partial."""

    kind: str
    message: str
    effect: str
    idempotency_key: str | None
    request_id: str | None
    http_status: int | None
    code: str | None
    decline_code: str | None
    param: str | None
    doc_url: str | None
    retry_after_ms: int | None
    rate_limit_reason: str | None
    stripe: Fields | None

    def __str__(self) -> str:
        return f"{self.kind}, effect {self.effect}: {self.message}"


NO_OPTIONS = Options()


class Connector:
    """Each call has an instance of its own: threads may share a connector, and one that breaks costs its call alone."""

    def __init__(self, component: str | PathLike[str], host: Host) -> None:
        config = Config()
        # What was compiled once is found again in the user's cache directory.
        config.cache = True
        self._engine = Engine(config)
        self._component = Component.from_file(self._engine, component)
        self._linker = Linker(self._engine)
        self._linker.add_wasip2()
        self._linker.add_wasi_http()
        with self._linker.root() as root:
            for interface, functions in GIVEN.items():
                with root.add_instance(INTERFACE.format(interface)) as instance:
                    for function in functions:
                        given = getattr(getattr(host, interface), function)
                        instance.add_func(function, lambda _store, *values, given=given: given(*values))

    def list(self, query: Query, options: Options = NO_OPTIONS) -> Page:
        return self._call(Page, "entities", "list", options, _record(query))

    def pages(self, query: Query, options: Options = NO_OPTIONS) -> Iterator[Page]:
        """Every page, to the end."""
        page = self.list(query, options)
        yield page
        while page.next_page_token is not None:
            page = self.list(replace(query, page_token=page.next_page_token), options)
            yield page

    def get(self, entity: str, id: str | None = None, options: Options = NO_OPTIONS) -> Row:
        return self._call(Row, "entities", "get", options, entity, id, None, False)

    def create(self, entity: str, fields: Mapping[str, Any], options: Options = NO_OPTIONS) -> Change:
        return self._call(Change, "entities", "create", options, entity, json.dumps(fields))

    def update(
        self, entity: str, id: str | None, fields: Mapping[str, Any], options: Options = NO_OPTIONS
    ) -> Change:
        return self._call(Change, "entities", "update", options, entity, id, json.dumps(fields))

    def delete(self, entity: str, id: str | None, options: Options = NO_OPTIONS) -> Change:
        return self._call(Change, "entities", "delete", options, entity, id)

    def run(self, action: str, parameters: Mapping[str, Any], options: Options = NO_OPTIONS) -> Outcome:
        """Any action of the catalog."""
        return self._call(Outcome, "actions", "execute", options, action, json.dumps(parameters))

    def _call(self, answer: type[T], interface: str, function: str, options: Options, *values: Any) -> T:
        name = INTERFACE.format(interface)
        exported = self._component.get_export_index(name)
        index = exported and self._component.get_export_index(function, exported)
        if index is None:
            raise LookupError(f"the component has no {name} with {function}: stripe_connector.wasm has")
        store = Store(self._engine)
        # An empty configuration: it gets no environment, no files, no arguments.
        store.set_wasi(WasiConfig())
        store.set_wasi_http()
        called = self._linker.instantiate(store, self._component).get_func(store, index)
        if called is None:
            raise LookupError(f"{function} of {name} is no function: it is one in stripe_connector.wasm")
        result: Variant = called(store, *values, _record(options))
        if result.tag == "err":
            raise _read(Failure, result.payload)
        return _read(answer, result.payload)


def _record(value: Any) -> Record:
    """A record of the contract, whose names have hyphens."""
    record = Record()
    for name, field in vars(value).items():
        setattr(record, name.replace("_", "-"), _record(field) if isinstance(field, Order) else field)
    return record


def _read(kind: type[T], record: Any) -> T:
    fields = {name.replace("-", "_"): value for name, value in vars(record).items()}
    return kind(**{name: json.loads(value) if name in JSON and value else value for name, value in fields.items()})
