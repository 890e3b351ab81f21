"""The house's walls that import-linter's contracts do not show: no circle between packages, and package files that import nothing."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("monitor", "cameras", "rollcall", "web")


def circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of names each of which leads to all others of its group (Tarjan, 1972), by their edges."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for following in sorted(edges.get(name, ())):
            if following not in index:
                visit(following)
                low[name] = min(low[name], low[following])
            elif following in stack:
                low[name] = min(low[name], index[following])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(edges):
        if name not in index:
            visit(name)
    return found


def inside(graph: grimp.ImportGraph, container: str) -> dict[str, set[str]]:
    """Which children of a package import which; a package counts with all that is inside it, a single file by itself."""
    depth = container.count(".") + 2
    edges: dict[str, set[str]] = {}
    for module in graph.modules:
        if module.startswith(f"{container}."):
            child = ".".join(module.split(".")[:depth])
            imported = (each for each in graph.find_modules_directly_imported_by(module) if each.startswith(f"{container}."))
            edges.setdefault(child, set()).update({".".join(each.split(".")[:depth]) for each in imported} - {child})
    return edges


def packages() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("__init__.py"))


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_package_is_part_of_a_circle_not_even_through_an_import_inside_a_function() -> None:
    graph = grimp.build_graph(*ROOMS)
    containers = [".".join(each.parent.relative_to(ROOT).parts) for each in packages()]
    found = {container: circles(inside(graph, container)) for container in containers}
    assert {container: groups for container, groups in found.items() if groups} == {}


@pytest.mark.parametrize("file", list(packages()), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_package_file_holds_its_first_line_and_nothing_else(file: Path) -> None:
    body = ast.parse(file.read_text()).body
    assert len(body) == 1
    assert ast.get_docstring(ast.Module(body, []))
