"""Serves localstripe on a free port of loopback, prints the port, and ends when standard input does."""

import os
import socket
import sys
import threading

from aiohttp import web
from localstripe import resources
from localstripe.server import app

# It saves its objects to one file in the temporary directory, which every other run would overwrite.
resources.Store.dump_to_disk = lambda self: None

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
web.run_app(app, sock=listener, print=None)
