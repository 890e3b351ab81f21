"""Workbooks as spreadsheets write them, as small as can be, and ones made to harm."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

_OFFICE = "http://schemas.openxmlformats.org"
_LEADS = "application/vnd.openxmlformats-package.relationships+xml"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def xlsx(cells: Mapping[str, str | float]) -> bytes:
    """A workbook with one sheet. cells: by their names, as B2."""
    rows: dict[int, list[str]] = defaultdict(list)
    for name, value in cells.items():
        text = f"<is><t>{escape(value)}</t></is>" if isinstance(value, str) else f"<v>{value}</v>"
        kind = ' t="inlineStr"' if isinstance(value, str) else ""
        rows[int(re.sub("[A-Z]", "", name))].append(f'<c r="{name}"{kind}>{text}</c>')
    body = "".join(f'<row r="{number}">{"".join(row)}</row>' for number, row in sorted(rows.items()))
    main, leads = f"{_OFFICE}/spreadsheetml/2006/main", f"{_OFFICE}/package/2006/relationships"
    document = f"{_OFFICE}/officeDocument/2006/relationships"

    def leading(kind: str, target: str) -> str:
        return (
            f'<Relationships xmlns="{leads}"><Relationship Id="r1" Type="{document}/{kind}" Target="{target}"/></Relationships>'
        )

    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types"><Default Extension="rels" ContentType="{_LEADS}"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK}"/></Types>',
            "_rels/.rels": leading("officeDocument", "xl/workbook.xml"),
            "xl/_rels/workbook.xml.rels": leading("worksheet", "worksheets/sheet1.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{document}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
        }
    )


def ods(rows: Iterable[Iterable[str]]) -> bytes:
    """The same as LibreOffice writes it."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="S">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/></manifest:manifest>'
    )
    return zipped({"mimetype": _ODS, "META-INF/manifest.xml": manifest, "content.xml": content})


def far_corner() -> bytes:
    """Two cells with all of a sheet between them: 17 thousand million."""
    return xlsx({"A1": "name", "XFD1048576": "x"})


def packed_otherwise(method: int) -> bytes:
    """A ZIP that unpacks to more than is allowed, in a way of packing that workbooks never have."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(41 << 20))
    return content.getvalue()


def bomb() -> bytes:
    """A few kilobytes that unpack to more than is allowed."""
    return zipped({"xl/worksheets/sheet1.xml": bytes(41 << 20)})
