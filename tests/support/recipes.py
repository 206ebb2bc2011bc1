"""The code of the documentation, cut out of its page and run by the real interpreter of its language."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.support.source import ROOT

RUN = {"js": ["node", "-"], "php": ["php"], "python": [sys.executable, "-"], "ruby": ["ruby", "-"]}
"""Each reads its program from standard input."""


def blocks(page: str, language: str) -> list[str]:
    """All code blocks of one language on a page of docs/."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)


def block(page: str, language: str, defines: str) -> str:
    """The one block that defines this name."""
    (found,) = [code for code in blocks(page, language) if defines in code]
    return found


def call(page: str, language: str, function: str, *given: object) -> str:
    """What the page's function returns for these values (which are literals in every one of the four languages)."""
    words = ", ".join(literal(value, language) for value in given)
    show = {"js": f"console.log({function}({words}))", "ruby": f"print {function}({words})"}
    show |= {"php": f"echo {function}({words});", "python": f"print({function}({words}), end='')"}
    program = ("<?php\n" if language == "php" else "") + block(page, language, f"{function}(") + "\n" + show[language] + "\n"
    return run(language, program)


def run(language: str, program: str) -> str:
    done = subprocess.run(RUN[language], input=program, capture_output=True, text=True, timeout=60, check=False, cwd=Path("/"))
    assert done.returncode == 0, f"{language}:\n{program}\n{done.stderr}"
    return done.stdout.strip()


def literal(value: object, language: str) -> str:
    text = json.dumps(value, ensure_ascii=True)
    decode = {"js": "JSON.parse({})", "php": "json_decode({}, true)", "python": "json.loads({})", "ruby": "JSON.parse({})"}
    return decode[language].format("'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'")
