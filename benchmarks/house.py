"""`python -m benchmarks.house [FOLDER]`: the shape of a checkout in a few numbers, to compare before with after.

Of FOLDER (default: this project) it reads sources only, nothing is imported from it. Arrows up are counted by the
floors of that checkout's own tests/test_architecture.py, where its FLOORS lists floors of names; else left blank.
"""

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sota_core import paths

FOLDERS = ("sota_core", "pages")  # what a test, a benchmark or a migration adds is counted apart
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Edges = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class House:
    """What is counted. A definition is a function, method or class that is not within a function.

    documented  (with a docstring, all); public: those without a leading underscore, in their name or a class's
    arrows_up   imports of what stands on the same floor or a higher one; None where no floors can be read
    """

    n_files: int
    n_lines: int
    widest: tuple[str, int]
    largest: tuple[str, int]
    in_circles: tuple[str, ...]
    arrows_up: int | None
    documented: tuple[int, int]
    public: tuple[int, int]


def measure(root: Path) -> House:
    """Read every Python file of a checkout's app. Blocking; a second or two.

    Raises
        FileNotFoundError  the folder holds neither sota_core nor pages.
    """
    files = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))
    if not files:
        raise FileNotFoundError(f"house: needs a folder with {' and '.join(FOLDERS)} in it, got {root}")
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    width = Counter(path.parent for path in files if path.name != "__init__.py")
    largest = max(files, key=lines.__getitem__)
    widest, n_widest = width.most_common(1)[0]
    modules = {_module(root, path): path for path in files}
    edges = {name: _imports(name, path, trees[path], set(modules)) for name, path in modules.items()}
    floors = floors_of(root)
    told = [d for tree in trees.values() for d in _definitions(tree, "")]
    public = [has for name, has in told if not any(part.startswith("_") for part in name.split("."))]
    return House(
        len(files),
        sum(lines.values()),
        (widest.relative_to(root).as_posix(), n_widest),
        (largest.relative_to(root).as_posix(), lines[largest]),
        circles(edges),
        None if floors is None else sum(_is_up(floors, a, b) for a, below in edges.items() for b in below),
        (sum(has for _, has in told), len(told)),
        (sum(public), len(public)),
    )


def floors_of(root: Path) -> Sequence[Sequence[str]] | None:
    """FLOORS as that checkout's own test has it, lowest first; None where there is none, or one name a floor."""
    test = root / "tests" / "test_architecture.py"
    if not test.exists():
        return None
    for node in ast.parse(test.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
            try:
                found = ast.literal_eval(node.value)
            except ValueError:
                return None
            return found if all(isinstance(floor, tuple) for floor in found) else None
    return None


def circles(edges: Edges) -> tuple[str, ...]:
    """The modules that import each other in a circle, in order (Tarjan's components of more than one)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[str] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(edges[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            component = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            found.extend(component if len(component) > 1 else [])

    for name in edges:
        if name not in index:
            visit(name)
    return tuple(sorted(found))


def _module(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imports(own: str, path: Path, tree: ast.AST, known: set[str]) -> set[str]:
    """The modules of the checkout that a file imports: of `from a import b` a.b if that is one, else a."""
    package = own if path.name == "__init__.py" else own.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= (names & known) or {base}
    return (found & known) - {own}


def _is_up(floors: Sequence[Sequence[str]], own: str, other: str) -> bool:
    mine, theirs = own.split("."), other.split(".")
    if (mine[0], theirs[0]) == ("sota_core", "pages"):
        return True
    if mine[0] != "sota_core" or theirs[0] != "sota_core" or mine[1:2] == theirs[1:2]:
        return False
    rank = {name: i for i, floor in enumerate(floors) for name in floor}
    low, high = (rank.get(parts[1]) if len(parts) > 1 else None for parts in (mine, theirs))
    return low is not None and high is not None and high >= low


def _definitions(node: ast.AST, inside: str) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, DEFINITIONS):
            name = f"{inside}{child.name}"
            yield name, ast.get_docstring(child) is not None
            if isinstance(child, ast.ClassDef):
                yield from _definitions(child, f"{name}.")
        else:
            yield from _definitions(child, inside)


def _share(of: tuple[int, int]) -> str:
    return f"{of[0]} of {of[1]}, {100 * of[0] / max(1, of[1]):.0f} %"


def lines_of(house: House) -> list[str]:
    """What is printed, a line a number."""
    return [
        f"files             {house.n_files} with {house.n_lines:,} lines",
        f"widest folder     {house.widest[0]}, {house.widest[1]} files",
        f"largest file      {house.largest[0]}, {house.largest[1]} lines",
        f"in circles        {len(house.in_circles)}{': ' * bool(house.in_circles)}{', '.join(house.in_circles)}",
        f"arrows up         {'–' if house.arrows_up is None else house.arrows_up}",
        f"documented        {_share(house.documented)}",
        f"documented public {_share(house.public)}",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.house", description="The shape of a checkout.")
    parser.add_argument("folder", nargs="?", type=Path, default=paths.ROOT)
    print("\n".join(lines_of(measure(parser.parse_args().folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
