"""A camera of the plainest kind on a real socket, whose answers a test changes to be as odd as those of real ones."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "tt": "http://www.onvif.org/ver10/schema",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
}
OPERATION = re.compile(rb"Body[^>]*>\s*<(?:\w+:)?(\w+)")


def envelope(inside: str) -> bytes:
    names = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in NAMES.items())
    return f'<?xml version="1.0"?><s:Envelope {names}><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def fault(reason: str, subcode: str = "") -> bytes:
    inner = f"<s:Subcode><s:Value>{subcode}</s:Value></s:Subcode>" if subcode else ""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value>{inner}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason></s:Fault>'
    )


def date_and_time(moment: str, kind: str = "UTCDateTime", zone: str = "UTC0") -> bytes:
    year, month, day, hour, minute, second = (int(each) for each in re.split(r"[-T:]", moment))
    return envelope(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        f"<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>{zone}</tt:TZ></tt:TimeZone><tt:{kind}>"
        f"<tt:Time><tt:Hour>{hour}</tt:Hour><tt:Minute>{minute}</tt:Minute><tt:Second>{second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{year}</tt:Year><tt:Month>{month}</tt:Month><tt:Day>{day}</tt:Day></tt:Date></tt:{kind}>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def ahead(of_us: timedelta) -> bytes:
    return date_and_time(f"{datetime.now(UTC) + of_us:%Y-%m-%dT%H:%M:%S}")


def profile(token: str, codec: str, width: int, height: int) -> str:
    return (
        f'<trt:Profiles token="{token}"><tt:Name>{token}</tt:Name><tt:VideoEncoderConfiguration token="e"><tt:Name>e</tt:Name>'
        f"<tt:UseCount>1</tt:UseCount><tt:Encoding>{codec}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>"
        f"<tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality><tt:RateControl><tt:FrameRateLimit>20"
        "</tt:FrameRateLimit><tt:EncodingInterval>2</tt:EncodingInterval><tt:BitrateLimit>512</tt:BitrateLimit></tt:RateControl>"
        "<tt:H264><tt:GovLength>50</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>"
        "</tt:VideoEncoderConfiguration></trt:Profiles>"
    )


Answer = bytes | Callable[["BaseHTTPRequestHandler"], None]


class Odd:
    """A camera of the plainest kind, some of whose answers are changed; `asked` are the operations in their order."""

    def __init__(self, **changed: Answer) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}
        odd = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1

            def do_POST(self) -> None:
                self.body = self.rfile.read(int(self.headers["Content-Length"]))
                found = OPERATION.search(self.body)
                operation = found[1].decode() if found else ""
                odd.asked.append(operation)
                answer = odd.answers.get(operation) or odd.answers.get("*") or fault("Optional Action Not Implemented")
                answer(self) if callable(answer) else self.reply(answer)

            def reply(self, body: bytes, status: int = 200, **headers: str) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.address = f"http://127.0.0.1:{self.port}/onvif/device_service"
        self.answers = {**self._plain(), **changed}
        threading.Thread(target=self._server.serve_forever, args=[0.01]).start()

    def _plain(self) -> dict[str, Answer]:
        media = f"http://127.0.0.1:{self.port}/onvif/media"
        return {
            "GetSystemDateAndTime": ahead(timedelta()),
            "GetDeviceInformation": envelope(
                "<tds:GetDeviceInformationResponse><tds:Manufacturer>Odd</tds:Manufacturer><tds:Model>O</tds:Model>"
                "<tds:FirmwareVersion>1</tds:FirmwareVersion><tds:SerialNumber>7</tds:SerialNumber>"
                "<tds:HardwareId>h</tds:HardwareId></tds:GetDeviceInformationResponse>"
            ),
            "GetCapabilities": capabilities(media),
            "GetProfiles": envelope(
                f"<trt:GetProfilesResponse>{profile('main', 'H264', 1920, 1080)}{profile('sub', 'H264', 640, 360)}</trt:GetProfilesResponse>"
            ),
            "GetStreamUri": media_uri("rtsp://admin:secret@127.0.0.1:554/live"),
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def capabilities(media: str, more: str = "") -> bytes:
    return envelope(
        f"<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>{media}</tt:XAddr></tt:Media>{more}"
        "</tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def media_uri(uri: str, operation: str = "GetStreamUri") -> bytes:
    return envelope(
        f"<trt:{operation}Response><trt:MediaUri><tt:Uri>{uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
        f"<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:{operation}Response>"
    )
