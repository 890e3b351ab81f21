"""Ask the processes that watch cameras for what they see; they answer only this service."""

from __future__ import annotations

import http.client
from collections.abc import Collection, Iterator

from cameras.service.feed_address import VIEWER

# On one machine or one network; a watcher that does not answer by then has worse worries.
_SECONDS = 3.0
_LARGEST_PICTURE = 16 * 2**20
# A keyframe comes every few seconds; a feed that says nothing for so long is over.
_SILENCE_SECONDS = 30.0
_PART = 65_536


def newest_picture(address: str, token: str, camera_id: int, viewer: str) -> bytes | None:
    """The camera's newest picture, JPEG with its private parts grey; None when there is none.

    address: host:port. viewer: who looks and when, in ASCII, which is written into it.
    """
    connection = http.client.HTTPConnection(address, timeout=_SECONDS)
    try:
        connection.request("GET", f"/picture/{camera_id}", headers={"Authorization": f"Bearer {token}", VIEWER: viewer})
        answer = connection.getresponse()
        return answer.read(_LARGEST_PICTURE) if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class LiveFeed:
    """The packets of some cameras of one process, as they come."""

    def __init__(self, address: str, token: str, cameras: Collection[int]) -> None:
        """Raises OSError when the process does not answer."""
        connection = http.client.HTTPConnection(address, timeout=_SECONDS)
        wanted = ",".join(str(each) for each in cameras)
        try:
            connection.connect()
            connection.sock.settimeout(_SILENCE_SECONDS)  # now: later the connection lets go of it
            connection.request("GET", f"/live?cameras={wanted}", headers={"Authorization": f"Bearer {token}"})
            self._answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise OSError("the feed does not answer") from error
        if self._answer.status != 200:
            self.close()
            raise OSError("the feed refuses")

    def parts(self) -> Iterator[bytes]:
        """What comes, until the feed ends."""
        try:
            while part := self._answer.read1(_PART):
                yield part
        except (OSError, http.client.HTTPException, ValueError):
            return  # ValueError: closed meanwhile
        finally:
            self.close()

    def close(self) -> None:
        """Hang up. The answer holds the socket: the server says that the connection ends with it, so `http.client` lets go."""
        self._answer.close()
