"""The stand-in's description of itself, and an attack that is led by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.standin.asking import KEY, NOON, PATH, asking
from tui.standin.clock import ManualClock
from tui.standin.embedded import serving
from tui.standin.server import create_app
from tui.standin.settings import RECORD_FIELDS
from tui.standin.simulator import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

# Attacks along the whole description take their time.
pytestmark = pytest.mark.slow

APP = create_app(Fleet(seed=4, connections=30), api_key=KEY, clock=ManualClock(NOON))


@pytest.fixture(scope="module")
def attacked() -> Iterator[Any]:
    with serving(APP) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


schema = schemathesis.pytest.from_fixture("attacked")


@schema.parametrize()
@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_an_attack_along_the_description(case: Any) -> None:
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        positive_data_acceptance,
        unsupported_method,
        ignored_auth,
    ]
    # An empty value is an absent one, so it breaks no format.
    if "" not in (case.query or {}).values():
        checks.append(negative_data_rejection)
    case.call_and_validate(headers={"Authorization": KEY}, checks=checks)


def description() -> dict[str, Any]:
    with asking(APP) as asker:
        found = asker.request("GET", "/openapi.json").json()
    assert isinstance(found, dict)
    return found


def test_the_parameters_are_the_documented_ones() -> None:
    operation = description()["paths"][PATH]["get"]
    found = [
        (each["name"], each["schema"]["type"], each["schema"].get("format"))
        for each in operation["parameters"]
    ]
    assert found == [
        ("apiKeyId", "string", "uuid"),
        ("connectionId", "string", None),
        ("serviceName", "string", None),
        ("protocolName", "string", None),
        ("dataCenter", "string", None),
        ("activeOnly", "boolean", None),
        ("timeStart", "string", "date-time"),
        ("timeEnd", "string", "date-time"),
        ("minutes", "integer", "int32"),
        ("limit", "integer", "int32"),
    ]
    assert not any(each["required"] for each in operation["parameters"])
    assert operation["parameters"][-1]["schema"]["default"] == 1000


def test_the_answers_are_declared() -> None:
    operation = description()["paths"][PATH]["get"]
    assert set(operation["responses"]) == {"200", "400", "401", "429", "503"}
    records = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert records["type"] == "array"
    assert list(records["items"]["properties"]) == list(RECORD_FIELDS)
    assert operation["security"] == [{"key": []}]
    scheme = description()["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
