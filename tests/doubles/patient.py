"""Requests over real sockets with the patience that a busy machine needs: httpx itself gives up after five seconds."""

from functools import partial

import httpx

PATIENCE_SECONDS = 60
get = partial(httpx.get, timeout=PATIENCE_SECONDS)
post = partial(httpx.post, timeout=PATIENCE_SECONDS)
Client = partial(httpx.Client, timeout=PATIENCE_SECONDS)
