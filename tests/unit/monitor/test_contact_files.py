"""Chains as files: what a spreadsheet or a graph program reads is what was meant, whatever a name holds."""

from __future__ import annotations

import csv
import io
from datetime import date
from xml.etree import ElementTree as Xml

import pytest

from monitor.contacts.chain_files import ContactLine, PersonLine, contacts_csv, graphml

_XML = "{http://graphml.graphdrawing.org/xmlns}"
YES_NO = {False: "no", True: "yes"}


def people(name: str | None) -> tuple[PersonLine, PersonLine]:
    return PersonLine("c1", "Case 1", True, date(2021, 7, 1), 0, name), PersonLine("k2", "Contact 2", False, None, 1, name)


def line(name: str | None) -> ContactLine:
    return ContactLine(*people(name), date(2021, 6, 29), date(2021, 6, 30), certain=False, in_tree=True)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+84", "@SUM(A1)", "-1", "\tx"])
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    text = "".join(contacts_csv(["head"], [line(name)], YES_NO, named=True))
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows[1][4] == rows[1][9] == f"'{name}"


def test_a_file_without_names_has_no_column_for_them() -> None:
    text = "".join(contacts_csv(["head"], [line("Lan")], YES_NO, named=False))
    assert "Lan" not in text
    assert text.splitlines()[1] == "Case 1,yes,2021-07-01,0,Contact 2,no,,1,2021-06-29,2021-06-30,no,yes"


@pytest.mark.parametrize("name", ['<x a="1">&</x>', "Nguyễn Thị Lan", "]]>", "a\x00b\x08c\ufffe", "𝒜"])
def test_any_name_leaves_the_graph_readable(name: str) -> None:
    root = Xml.fromstring("".join(graphml(people(name), [line(name)])))
    nodes = root.findall(f"{_XML}graph/{_XML}node")
    found = {each.get("key"): each.text for each in nodes[0].findall(f"{_XML}data")}
    shown = name.replace("\x00", "").replace("\x08", "").replace("\ufffe", "")
    assert found == {"code": "Case 1", "case": "true", "day": "2021-07-01", "generation": "0", "name": shown}
    (edge,) = root.findall(f"{_XML}graph/{_XML}edge")
    assert (edge.get("source"), edge.get("target")) == ("c1", "k2")
    declared = {each.get("id") for each in root.findall(f"{_XML}key")}
    assert {each.get("key") for each in root.iter(f"{_XML}data")} <= declared


def test_a_graph_without_names_names_nobody() -> None:
    text = "".join(graphml(people(None), [line(None)]))
    assert 'key="name"' not in text
