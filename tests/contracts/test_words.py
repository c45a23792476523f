"""What a person reads beside a number exists in both languages."""

import ast
from pathlib import Path

import taobaogis

_PACKAGE = Path(taobaogis.__file__).parent


def english_only(source: str) -> list[int]:
    """Lines on which text of its own is given no Chinese."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Words"
        and len(node.args) + len(node.keywords) < 2
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
        and not (isinstance(node.args[0], ast.Constant) and node.args[0].value == "")
    ]


def test_words_that_say_something_say_it_in_chinese_as_well():
    lacking = {
        f"{path.relative_to(_PACKAGE)}:{line}"
        for path in _PACKAGE.rglob("*.py")
        for line in english_only(path.read_text(encoding="utf-8"))
    }
    assert not lacking, f"give Words its Chinese as the second argument: {', '.join(lacking)}"


def test_the_contract_sees_what_lacks_its_chinese():
    assert english_only('a = Words("no street")\nb = Words(f"no {x}")') == [1, 2]
    assert english_only('Words("")\nWords("house", "房屋")\nWords(name)\nWords.of("x")') == []
