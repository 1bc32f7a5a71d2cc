"""A configuration read as its schema declares it, and a message for every place where it does not fit."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from starnmf.errors import did_you_mean

Schema = Mapping[str, Any]

_NOUNS = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "null": "null"}
_LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "multipleOf": "a multiple of"}
_WORDS = {None: "null", True: "true", False: "false"}


def as_declared(value: Any, schema: Schema) -> Any:
    """A value with the numbers, truth values and nulls that its schema asks for in place of their text.

    Snakemake reads what lists and mappings hold on the command line as text, and so does YAML with `1e-7`.
    """
    kinds = schema.get("type", "string")
    if isinstance(value, dict):
        declared, others = schema.get("properties", {}), schema.get("additionalProperties")
        unnamed = others if isinstance(others, Mapping) else {}
        return {key: as_declared(item, declared.get(key, unnamed)) for key, item in value.items()}
    if isinstance(value, list):
        return [as_declared(item, schema.get("items", {})) for item in value]
    if isinstance(value, str):
        if ("null" in kinds or None in schema.get("enum", ())) and value.lower() == "null":
            return None
        if "boolean" in kinds:
            return {"true": True, "false": False}.get(value.lower(), value)
        if "string" not in kinds:
            value = _number(value)
    return int(value) if "integer" in kinds and isinstance(value, float) and value.is_integer() else value


def places_that_do_not_fit(
    value: Any, schema: Schema, formats: FormatChecker, names: Mapping[str, Iterable[str]]
) -> dict[tuple[str | int, ...], str]:
    """A message for every place of a value that does not fit a schema, as `place: found ...; expected ...`.

    Parameters
    ----------
    value
        Mappings, lists and what is in them.
    schema
        Draft 2020-12 of JSON Schema; a number must be finite.
        Its `description` says what is expected where that does not follow from type and limits.
    formats
        Checks of the formats in the schema; the message of an error that one raises is `found ...; expected ...`.
    names
        Known names by their format.
    """
    errors = _Validator(schema, format_checker=formats).iter_errors(value)
    return {place: message for error in errors for place, message in _messages(error, names)}


def expected(schema: Schema, names: Mapping[str, Iterable[str]]) -> str:
    """What a schema asks for, in words."""
    if "description" in schema:
        return str(schema["description"])
    if known := _known(schema, names):
        return f"one of {', '.join(known)}"
    first, *others = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    limits = [f"{text} {schema[limit]}" for limit, text in _LIMITS.items() if limit in schema]
    within = f"{_NOUNS[first]}, {' and '.join(limits)}" if limits else _NOUNS[first]
    return ", or ".join([within, *(_NOUNS[kind] for kind in others)])


def named(place: Iterable[str | int]) -> str:
    """A place in a configuration, such as `shapes.orl[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _messages(
    error: ValidationError, names: Mapping[str, Iterable[str]]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The places and messages of an error: several where keys are missing or unknown."""
    place, found, schema = tuple(error.path), error.instance, error.schema
    if error.validator == "required":
        missing = {key: schema["properties"][key] for key in error.validator_value if key not in found}
        messages = {(*place, key): f"found nothing; expected {expected(missing[key], names)}" for key in missing}
    elif error.validator == "additionalProperties":
        known = list(schema["properties"])
        wanted = ", ".join(known) if place else "a key of config.yaml"
        unknown = [key for key in found if key not in known]
        messages = {
            (*place, str(key)): f"found an unknown key; expected {wanted}{did_you_mean(key, known)}" for key in unknown
        }
    elif error.validator == "uniqueItems":
        twice = next(item for number, item in enumerate(found) if item in found[:number])
        messages = {place: f"found {_shown(twice)} twice; expected {expected(schema, names)}"}
    else:
        problem = error.cause or f"{_shown(found)}; expected {expected(schema, names)}"
        # The name of a key has the place of its mapping, which may have several wrong ones.
        where = (*place, str(found)) if "propertyNames" in error.relative_schema_path else place
        messages = {where: f"found {problem}{did_you_mean(found, _known(schema, names))}"}
    for where, message in messages.items():
        yield where, f"{named(where)}: {message}"


def _known(schema: Schema, names: Mapping[str, Iterable[str]]) -> Iterable[str]:
    """The names that fit a schema; none where they cannot be listed."""
    known = schema.get("enum") or names.get(schema.get("format", ""), ())
    return ["null" if one is None else one for one in known]


def _number(text: str) -> str | int | float:
    """The number that a text is, or the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _shown(value: object) -> str:
    """A value as it is written, cut short."""
    text = _WORDS[value] if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_number(_: object, value: object) -> bool:
    is_finite = not isinstance(value, float) or math.isfinite(value)
    return is_finite and Draft202012Validator.TYPE_CHECKER.is_type(value, "number")


_Validator = extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number))
