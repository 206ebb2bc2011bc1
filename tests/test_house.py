"""The rules of the house as tests: floors, sizes, names, texts. What is not checked here is not a rule."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import tillside
from tests.support.source import ROOT, files, lines, name, text, tree

LONGEST_FILE = {".py": 400, ".html": 400, ".css": 200, ".ts": 150}
LONGEST_TEST = 500
LONGEST_FUNCTION = 60
DRAWERS = re.compile(r"(^|/)(utils?|helpers?|common|core|managers?|services?|repository|repositories|misc)(\.\w+$|/)")
MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home)/\w")
REGISTRY = re.compile(r"\b(?:pypi\.org|pythonhosted\.|registry\.npm|npmjs\.|debian\.org|crates\.io|maven\.|index[-]url)")
BESIDE_THE_CHECKOUT = re.compile(r"\.\./shared")
SUPPRESSION = re.compile(r"#\s*(?:type:\s*ignore(?:\[[\w, -]+\])?|noqa(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?)(?P<reason>.*)$")
READS_ENVIRONMENT = {"tillside/base/settings.py"}
MAY_PRINT_HTML = {
    "tillside/edges/agent/templates/inbox/_thread.html",
    "tillside/edges/agent/templates/inbox/_macro.html",
    "tillside/edges/agent/templates/_macro_letter.html",
}
"""Templates that may write `| safe`: only for text that base/rich_text has cleaned."""
PASTED_SCRIPT = ("tillside/demo/",)
"""The demo shop is a shop: its pages carry the snippet as every shop's pages do."""
NOT_RUN = {"skip", "skipif", "xfail", "importorskip"}


def test_imports_go_down_one_list_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_a_reader_bears() -> None:
    found = [f"{name(path)}: {_length(path)}" for path in files(*LONGEST_FILE) if _length(path) > _longest(path)]
    assert not found, found


def test_no_function_is_longer_than_a_screen() -> None:
    found = [
        f"{name(path)}:{node.lineno} {node.name}: {_height(node)}"
        for path in files(".py")
        for node in _functions(path)
        if _height(node) > LONGEST_FUNCTION
    ]
    assert not found, found


def test_no_module_is_a_drawer_without_a_noun() -> None:
    found = [name(path) for path in files(".py", ".ts", ".css") if DRAWERS.search(name(path))]
    assert not found, found


def test_every_module_says_what_lives_in_it() -> None:
    found = [name(path) for path in files(".py") if text(path).strip() and not ast.get_docstring(tree(path))]
    assert not found, found


def test_nothing_is_imported_inside_a_function_or_for_types_only() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in files(".py", under="tillside/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in tree(path).body
    ]
    assert not found, found


def test_the_environment_is_read_in_one_place() -> None:
    found = [
        _at(path, node)
        for path in files(".py", under="tillside/")
        if name(path) not in READS_ENVIRONMENT
        for node in ast.walk(tree(path))
        if _reads_environment(node)
    ]
    assert not found, found


def test_a_suppressed_finding_carries_its_reason() -> None:
    found = [
        where
        for path in files(".py")
        for where, line in lines(path)
        if (match := SUPPRESSION.search(line)) and len(match["reason"].split()) < 3 and "re.compile" not in line
    ]
    assert not found, found


def test_no_test_can_be_skipped_and_nothing_of_ours_is_mocked() -> None:
    found = [
        _at(path, node)
        for path in files(".py", under="tests/")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in NOT_RUN) or _imports(node, "unittest.mock", "mock", "pytest_mock")
    ]
    assert not found, found


def test_the_version_is_the_changelog_s_newest() -> None:
    newest = re.search(r"^## (\S+)", text(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest is not None and newest[1] == tillside.__version__


def test_no_file_knows_one_machine_or_one_registry() -> None:
    found = [
        f"{where} {line.strip()[:80]}" for path in _texts() for where, line in lines(path) if MACHINE.search(line) or REGISTRY.search(line)
    ]
    assert not found, found


def test_only_tests_look_beside_the_checkout() -> None:
    found = [
        where for path in _texts() if not name(path).startswith("tests/") for where, line in lines(path) if BESIDE_THE_CHECKOUT.search(line)
    ]
    assert not found, found


def test_no_style_rule_shouts() -> None:
    found = [where for path in files(".css") for where, line in lines(path) if "!important" in line]
    assert not found, found


def test_templates_hold_no_script_no_style_and_no_handler() -> None:
    inline = re.compile(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
    script = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE)
    found = [
        where
        for path in files(".html", under="tillside/")
        for where, line in lines(path)
        if inline.search(line) or (script.search(line) and not name(path).startswith(PASTED_SCRIPT))
    ]
    assert not found, found


def test_templates_trust_no_text() -> None:
    safe = re.compile(r"\|\s*safe\b|autoescape\s+false")
    found = [
        where
        for path in files(".html", under="tillside/")
        if name(path) not in MAY_PRINT_HTML
        for where, line in lines(path)
        if safe.search(line)
    ]
    assert not found, found


def test_these_rules_see_what_they_forbid() -> None:
    """Each pattern against a line it must catch and one it must not: a rule that cannot fail protects nobody."""
    assert DRAWERS.search("tillside/orders/utils.py") and DRAWERS.search("tillside/core/x.py") and not DRAWERS.search("tillside/scores.py")
    assert MACHINE.search("see /" + "root/x") and not MACHINE.search("docs/" + "work/x")
    assert REGISTRY.search("https://" + "pypi" + ".org/simple") and not REGISTRY.search("copypi")
    for marker in ("type: ignore[misc]", "noqa: S608, E501"):
        bare = SUPPRESSION.search("x  # " + marker)
        said = SUPPRESSION.search("x  # " + marker + "  # the driver is untyped")
        assert bare and len(bare["reason"].split()) < 3 and said and len(said["reason"].split()) >= 3
    assert any(_reads_environment(node) for node in ast.walk(ast.parse("import os\nos.getenv('A')")))
    assert any(_reads_environment(node) for node in ast.walk(ast.parse("from os import environ")))
    assert len(list(_texts())) > 20 and files(".py", under="tillside/")


def _texts() -> Iterator[Path]:
    """Every readable file of ours."""
    pictures = {".png", ".jpg", ".webp", ".ico", ".woff2", ".gz", ".zst", ".min.js", ".sqlite"}
    return (path for path in files() if path.suffix not in pictures)


def _longest(path: Path) -> int:
    return LONGEST_TEST if name(path).startswith("tests/") else LONGEST_FILE[path.suffix]


def _length(path: Path) -> int:
    return text(path).count("\n")


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _height(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _at(path: Path, node: ast.AST) -> str:
    return f"{name(path)}:{getattr(node, 'lineno', 0)}"


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in {"environ", "getenv"} for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and isinstance(node.value, ast.Name) and node.value.id == "os"


def _imports(node: ast.AST, *modules: str) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name in modules for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module in modules or (node.module == "unittest" and node.names[0].name == "mock"))
