"""Stripe's own Python SDK, unmodified, walks through a Stripe: a real client judges the sandbox.

STRIPE_API_BASE is where it listens and STRIPE_API_KEY a test key; STRIPE_READER_KEY is a key restricted to reading
customers. Checks that meet faults need those of faults.txt and run with SDK_WALK_FAULTS=1 only. `--only a,b` runs
some checks. One line tells how each ended; the exit code is 1 if any failed.
"""

import argparse
import os
import sys
import traceback

# Importing them adds their checks, which run in this order.
import rows
import payments
import billing
import around
import errors
from walk import CHECKS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="a,b", help="names of checks")
    only = parser.parse_args().only
    names = only.split(",") if only else list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        sys.exit(f"there is no check {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    failed = 0
    for name in names:
        function, needs = CHECKS[name]
        if needs and not os.environ.get(needs):
            print(f"skipped {name}: {needs} is not set")
            continue
        try:
            function()
            print(f"ok      {name}")
        except Exception as error:
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}")
            traceback.print_exc(limit=2)
    print(f"{len(names)} checks, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
