"""The JSON Schema (2020-12) of a spec, or of a file of overrides, for editors and other tools.

It accepts what the model accepts and nothing else, but for what no schema can say: whether the inside of a selector's
braces, an expression or a regular expression can be read.
"""

from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from compiler.fields import Duration, Quantity
from compiler.spec.model import Gate
from compiler.spec.override_file import OverrideFile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TITLES: Final[dict[type[BaseModel], str]] = {
    Gate: "A promgate readiness gate",
    OverrideFile: "The overrides of a promgate readiness gate",
}


class _Generator(GenerateJsonSchema):
    """Pydantic's, with defaults as authors write them, and keys of mappings held to their pattern."""

    schema_dialect = DIALECT

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - as pydantic has it
        """A duration or quantity in the author's notation."""
        return str(dft) if isinstance(dft, (Duration, Quantity)) else super().encode_default(dft)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Pydantic lets keys pass that do not match the pattern of the keys; here no other key is allowed."""
        made: JsonSchemaValue = {"type": "object", "additionalProperties": self.generate_inner(schema["values_schema"])}
        made["propertyNames"] = self.generate_inner(schema["keys_schema"])
        self.update_with_validations(made, schema, self.ValidationsMapping.object)
        return made


@cache
def schema(model: type[BaseModel] = Gate) -> dict[str, Any]:
    """The schema of a file's model; its descriptions and examples are those of the model."""
    made = _untitled(model.model_json_schema(schema_generator=_Generator))
    return {"$schema": DIALECT, "title": _TITLES[model], **made}


def _untitled(node: Any, *, keys_are_names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Without the titles that pydantic makes of the keys, which say nothing more than those."""
    if isinstance(node, list):
        return [_untitled(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = (key for key in node if keys_are_names or key != "title")
    return {key: _untitled(node[key], keys_are_names=key in ("properties", "$defs")) for key in kept}
