"""Judges answers by the schemas of Google's discovery document, which Google's client for Python carries.

    judge.py ANSWERS

reads lines of JSON, `{"method": ID, "answer": ...}`, as a walk in another language leaves them.
"""

import json
import os
import sys

import googleapiclient.discovery
import jsonschema

# What the document has beside these, such as formats, says more than JSON does: an int64 is a text there.
KEYWORDS = {"type", "properties", "additionalProperties", "items", "enum", "$ref"}


def converted(schema):
    """A schema of the document as a JSON Schema."""
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    if schema.get("type") == "any":
        return {}
    kept = {name: value for name, value in schema.items() if name in KEYWORDS}
    for name in ("items", "additionalProperties"):
        if name in kept:
            kept[name] = converted(kept[name])
    if "properties" in kept:
        kept["properties"] = {name: converted(value) for name, value in kept["properties"].items()}
        # What the document does not know, its clients would lose.
        kept["additionalProperties"] = False
    return kept


def all_methods(resource):
    for method in resource.get("methods", {}).values():
        yield method["id"], method
    for inner in resource.get("resources", {}).values():
        yield from all_methods(inner)


class Judge:
    def __init__(self):
        folder = os.path.dirname(googleapiclient.discovery.__file__)
        with open(os.path.join(folder, "discovery_cache/documents/connectors.v2.json")) as file:
            document = json.load(file)
        self.defs = {name: converted(schema) for name, schema in document["schemas"].items()}
        self.methods = dict(all_methods(document))
        self.judged = 0

    def __call__(self, method, answer):
        """The answer, which is what the document says of this method."""
        name = self.methods[method]["response"]["$ref"]
        schema = {"$ref": f"#/$defs/{name}", "$defs": self.defs}
        jsonschema.Draft202012Validator(schema).validate(answer)
        self.judged += 1
        return answer


def main():
    judge = Judge()
    with open(sys.argv[1]) as answers:
        for line in answers:
            told = json.loads(line)
            judge(told["method"], told["answer"])
    print(f"{judge.judged} answers judged by Google's schemas")


if __name__ == "__main__":
    main()
