"""Stripe's Python SDK, as it is by default. Its argument is a task, which ../src/work.rs describes."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import stripe

TASK = json.loads(sys.argv[1])


def main():
    if TASK["roots"]:
        stripe.ca_bundle_path = TASK["roots"]
    client = stripe.StripeClient(TASK["key"], base_addresses={"api": TASK["url"]})
    work = {"retrieve": retrieve, "create": create, "list": list_all, "filter": filter_all}[TASK["work"]]
    with ThreadPoolExecutor(TASK["callers"]) as pool:
        calls(pool, lambda: work(client), TASK["warm_up_callers"], TASK["warm_up_seconds"])

        cpu, begun = time.process_time(), time.perf_counter()
        times = sorted(calls(pool, lambda: work(client), TASK["callers"], TASK["seconds"]))
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
    measured = {
        "calls": len(times),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "p50_ms": at(times, 50),
        "p99_ms": at(times, 99),
        "peak_kb": peak_kb(),
    }
    print(json.dumps(measured))


def calls(pool, call, callers, seconds):
    end = time.perf_counter() + seconds

    def caller():
        times = []
        while True:
            begun = time.perf_counter()
            call()
            ended = time.perf_counter()
            times.append(ended - begun)
            if ended >= end:
                return times

    running = [pool.submit(caller) for _ in range(callers)]
    return [taken for future in running for taken in future.result()]


def retrieve(client):
    assert client.v1.customers.retrieve("cus_00000000000000").object == "customer"


def create(client):
    fields = {"name": "Jenny Rosen", "email": "jenny@example.com", "metadata": {"plan": "gold"}}
    assert client.v1.customers.create(fields).object == "customer"


def list_all(client):
    customers = client.v1.customers.list({"limit": 100}).auto_paging_iter()
    assert sum(1 for _ in customers) == TASK["objects"]


def filter_all(client):
    customers = client.v1.customers.list({"limit": 100}).auto_paging_iter()
    found = [each for each in customers if each.metadata["plan"] == "gold" and each.name.startswith("Jenny")]
    assert len(found) == TASK["found"]


def at(times, percent):
    return times[(len(times) - 1) * percent // 100] * 1e3


def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


main()
