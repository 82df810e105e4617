"""The document of the API agrees with itself and with what is answered."""

import pytest
from clients import Answering, ask
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for


@pytest.fixture
def document(app):
    return ask(app, "/api/v1/openapi.json").json


def test_its_schemas_are_schemas(document):
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        validator_for(schema, Draft202012Validator).check_schema(schema)


def test_every_reference_leads_somewhere(document):
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    found = set(references(document))
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert found
    assert found <= names


def test_every_operation_has_a_name_of_its_own_and_says_how_it_is_refused(document):
    operations = [op for path in document["paths"].values() for op in path.values()]
    names = [op["operationId"] for op in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert {"400", "403", "405"} <= set(operation["responses"])


def conforms(document, path, reply, method="get"):
    content = document["paths"][path][method]["responses"][str(reply.code)]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(reply.json)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/v1/status", "/api/v1/status"),
        ("/api/v1/models", "/api/v1/models"),
        ("/api/v1/models/{model}", "/api/v1/models/fare"),
        ("/api/v1/models/{model}", "/api/v1/models/fair"),
        ("/api/v1/decisions", "/api/v1/decisions"),
        ("/api/v1/decisions", "/api/v1/decisions?limit=x"),
        ("/api/v1/checkpoints", "/api/v1/checkpoints"),
        ("/livez", "/livez?verbose"),
    ],
)
def test_what_is_answered_is_as_described(app, document, path, target):
    conforms(document, path, ask(app, target))


def test_what_comes_of_an_order_and_a_prediction_is_as_described(app, desk, document):
    with Answering(desk):
        hold = ask(app, "/api/v1/models/fare/hold", "POST", reason="x")
        predicted = ask(app, "/v1/predict", "POST", model="fare", x={"a": 1})
    conforms(document, "/api/v1/models/{model}/hold", hold, "post")
    conforms(document, "/v1/predict", predicted, "post")
