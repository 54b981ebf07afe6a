"""Prints what an OpenMetrics endpoint shows as JSON: samples with labels, value and exemplar.

It is read with the parser of Prometheus' own Python client, which is strict about the format.
"""

import json
import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
    kind, text = answer.headers["content-type"], answer.read().decode()
if not kind.startswith("application/openmetrics-text; version=1.0.0"):
    sys.exit(f"an odd content type: {kind}")
samples = []
for family in text_string_to_metric_families(text):
    for sample in family.samples:
        exemplar = sample.exemplar.labels if sample.exemplar else None
        samples.append(
            {"type": family.type, "name": sample.name, "labels": sample.labels, "value": sample.value, "exemplar": exemplar}
        )
json.dump(samples, sys.stdout)
