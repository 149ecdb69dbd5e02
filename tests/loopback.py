"""A port of this machine that notes who knocks: what leads there stands for any address on the network."""

from __future__ import annotations

import contextlib
import socket
import threading


class Door:
    """A port of this machine that notes who knocks."""

    def __init__(self) -> None:
        self.knocks: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._server.accept()
                with connection:
                    connection.settimeout(0.5)
                    head = b""
                    with contextlib.suppress(OSError):
                        head = connection.recv(200)
                    self.knocks.append(head.decode("utf-8", "replace").partition("\r\n")[0])

    def close(self) -> None:
        self._server.close()

    def payload(self, name: str) -> str:
        """Return a text that leads here in every way that Qt, QGIS and browsers know, and says from where it came."""
        at = f"http://127.0.0.1:{self.port}/{name}"
        return (
            f'<img src="{at}.img.png"><svg onload="fetch(\'{at}.svg\')"><script src="{at}.js"></script>'
            f'<link rel=stylesheet href="{at}.css"><iframe src="{at}.html"></iframe><a href="{at}">x</a>'
            f"<body background='{at}.bg.png'><object data='{at}.obj'></object>&lt;img src='{at}.entity.png'&gt;"
            f"<style>@import url({at}.import.css);</style>[% 'ex' || 'pr' %][%\"spot_name\"%] {at}"
        )
