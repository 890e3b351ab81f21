"""What nginx and Caddy are told, to stand before the service with HTTPS. Pure: values in, a file's text out.

Both are shipped as templates in `proxies/`; what must fit the service (ports, the largest upload) is filled in from its settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

_PLAIN = """# Whoever types the name alone is led to HTTPS. Certificates are renewed over this port.
server {
    listen $port;
    listen [::]:$port;
    server_name $name;
    access_log off;
    location /.well-known/acme-challenge/ { root /var/www/html; }
    location / { return 301 $address$$request_uri; }
}
"""
_TEMPLATES = Path(__file__).parent / "proxies"
# Several photos of a person at once, and files with thousands of rows: what staff send is larger than what phones do.
MOST_OF_CONSOLE = 64
# Beside a picture: the other fields of a form. What is larger is refused by the service itself, with a page in words, up to here.
ROOM_FOR_WORDS = 2


@dataclass(frozen=True)
class Door:
    """One application as it is seen from outside and behind the proxy. port: of HTTPS. inside: host:port."""

    name: str
    port: int
    inside: str

    @property
    def address(self) -> str:
        """As a setting holds it: https://quanly.example.vn."""
        return f"https://{self.name}" if self.port == 443 else f"https://{self.name}:{self.port}"


@dataclass(frozen=True)
class Front:
    """The proxy of a machine. certificate, key: files; Caddy gets its own where none are given. upload_megabytes: the largest photo."""

    console: Door
    residents: Door
    upload_megabytes: int
    certificate: str = ""
    key: str = ""
    plain_port: int = 80
    public: Door | None = None
    """Of the public pages; None: they are not offered outside."""


def nginx_of(front: Front) -> str:
    """A file for /etc/nginx/conf.d."""
    doors = {door.name: door for door in (front.residents, front.console)}
    plain = [
        Template(_PLAIN).substitute(port=front.plain_port, name=name, address=door.address) for name, door in doors.items()
    ]
    written = _filled("nginx.conf", front, plain="\n".join(plain))
    if front.public is None:
        return written
    door = front.public
    own = Template(_PLAIN).substitute(port=front.plain_port, name=door.name, address=door.address)
    return written + _public("nginx_public.conf", front, door, public_plain="" if door.name in doors else own)


def caddy_of(front: Front) -> str:
    """A Caddyfile."""
    own = (
        f"tls {front.certificate} {front.key}"
        if front.certificate
        else "# Caddy gets the certificates from Let’s Encrypt by itself."
    )
    written = _filled("Caddyfile", front, tls=own)
    return written if front.public is None else written + _public("Caddyfile_public", front, front.public, tls=own)


def _public(template: str, front: Front, door: Door, **more: str) -> str:
    return Template((_TEMPLATES / template).read_text("utf-8")).substitute(
        public_address=door.address,
        public_name=door.name,
        public_port=door.port,
        public_inside=door.inside,
        public_megabytes=front.upload_megabytes + ROOM_FOR_WORDS,
        certificate=front.certificate,
        key=front.key,
        **more,
    )


def _filled(template: str, front: Front, **more: str) -> str:
    return Template((_TEMPLATES / template).read_text("utf-8")).substitute(
        console_address=front.console.address,
        residents_address=front.residents.address,
        console_name=front.console.name,
        console_port=front.console.port,
        console_inside=front.console.inside,
        console_megabytes=max(front.upload_megabytes, MOST_OF_CONSOLE) + ROOM_FOR_WORDS,
        residents_name=front.residents.name,
        residents_port=front.residents.port,
        residents_inside=front.residents.inside,
        residents_megabytes=front.upload_megabytes + ROOM_FOR_WORDS,
        certificate=front.certificate,
        key=front.key,
        plain_port=front.plain_port,
        **more,
    )
