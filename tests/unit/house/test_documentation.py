"""The documentation says what is so: every path, command, setting and rule that it names is there."""

from __future__ import annotations

import ast
import re
from configparser import ConfigParser
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.service.cli import root
from monitor.settings import OTHER_VARIABLES, PREFIX, Settings

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "documentation").rglob("*.md")
)
ARCHITECTURE = ROOT / "documentation" / "architecture.md"
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A link may stand in two lines; a path in backticks begins with a folder of ours and has no place for something else in it.
LINK = re.compile(r"\]\(([^)\s]+)\)")
OURS = re.compile(r"(?:monitor|cameras|rollcall|web|tests|documentation)/[\w./-]*")
# Read by tests alone, and no setting of the service.
OF_TESTS = "QUARANTINE_TEST_"


def text_of(page: Path) -> str:
    return re.sub(r"<!--.*?-->", "", page.read_text(), flags=re.DOTALL)


def code_of(page: Path) -> list[str]:
    """What stands in backticks and in blocks of code, one line each."""
    text = text_of(page)
    blocks = [line for block in FENCED.findall(text) for line in block.splitlines()]
    return blocks + [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", FENCED.sub("", text))]


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def commands() -> click.Group:
    root.load_rooms()  # type: ignore[attr-defined]
    return root


def unknown_in(line: str) -> str | None:
    """What of a command line the program does not know: a command or an option; None when all of it is known."""
    command: click.Command = commands()
    context = click.Context(command)
    for word in line.split()[1:]:
        # Not `a | b`, not a comment: what follows is another command or none.
        if word in ("|", "&&", "#"):
            return None
        if word.startswith("--"):
            options = {option for parameter in command.params for option in parameter.opts}
            if word.partition("=")[0] not in options | {"--help"}:
                return word
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
    return None


def rules() -> list[tuple[str, str, str]]:
    """The rows of "Where is the rule for …": rule, file and one name in it."""
    section = text_of(ARCHITECTURE).partition("## Where is the rule for")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")]
    return [
        (rule, file.strip("`"), name)
        for rule, file, names in rows[1:]
        if not rule.startswith("**")
        for name in re.findall(r"`(\w+)`", names)
    ]


def defined_in(file: Path) -> set[str]:
    """The functions, classes and values that a module defines at its top."""
    names: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return names


def test_the_readme_is_short_and_opens_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= 120
    block = FENCED.search("\n".join(lines))
    assert block
    assert [line.split("#")[0].strip() for line in block.group(1).splitlines()] == ["make demo", "make test"]
    before = "\n".join(lines)[: block.start()]
    assert len(before.splitlines()) <= 8
    assert "](" not in before
    assert "\n## " not in before


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    named = {path for code in code_of(page) for path in [code] if OURS.fullmatch(path)}
    assert {path for path in named if not (ROOT / path).exists()} == set()
    broken = set()
    for target in LINK.findall(FENCED.sub("", text_of(page))):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors_of(linked)):
            broken.add(target)
    assert broken == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_a_page_names_is_there(page: Path) -> None:
    lines = [code for code in code_of(page) if code.startswith("quarantine ")]
    assert {line: unknown_in(line) for line in lines if unknown_in(line) is not None} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_a_page_names_is_there(page: Path) -> None:
    known = {PREFIX + each.name.upper() for each in fields(Settings)}
    known |= {f"{name}_FILE" for name in known} | OTHER_VARIABLES
    named = set(re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", text_of(page)))
    assert {name for name in named if name not in known and not name.startswith(OF_TESTS)} == set()


def test_where_each_rule_is_said_to_be_it_is() -> None:
    told = rules()
    assert len({rule for rule, _, _ in told}) >= 20
    lost = [(rule, file, name) for rule, file, name in told if not (ROOT / file).exists()]
    assert lost == []
    assert [(rule, file, name) for rule, file, name in told if name not in defined_in(ROOT / file)] == []


def test_every_folder_of_the_rooms_is_in_the_architecture() -> None:
    told = {path.rstrip("/") for path in code_of(ARCHITECTURE)}
    rooms = ("monitor", "cameras", "rollcall", "web")
    there = {str(file.parent.relative_to(ROOT)) for room in rooms for file in (ROOT / room).rglob("__init__.py")}
    # What is inside the demonstration and the migrations is their own affair.
    wanted = {path for path in there if not re.search(r"/demonstration/|/migrations", path)}
    assert wanted - told - set(rooms) == set()


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    package = ConfigParser()
    package.read(ROOT / "setup.cfg")
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[:2] == ["Unreleased", package["metadata"]["version"]]


def test_the_command_tells_its_version() -> None:
    told = CliRunner().invoke(root, ["--version"])
    assert told.output == f"quarantine {version('quarantine')}\n"
