"""JSON in the classes every parser is judged by, generated here: what must be read, what must be refused, what a parser may decide."""

import json
from collections.abc import Iterator

KEY = "KEY"


def words(text: str) -> list[str]:
    return text.split()


def around(value: bytes) -> bytes:
    """An event whose one property is this value."""
    return b'{"event":"note","did":"d","time":{"sentAt":1714550400000},"appClientId":"KEY","properties":{"x":' + value + b"}}"


def valid() -> Iterator[tuple[str, bytes]]:
    """Values RFC 8259 allows: each must be taken in."""
    numbers = words(
        "0 -0 1 -1 123 0.5 -0.5 1e5 1E5 1e+5 1e-5 1.5e3 -1.5E-3 9007199254740992 -9007199254740992 0e0 0.0e-0 1e-300 123456789012345"
    )
    texts = [
        r"\u0041",
        r"\"",
        r"\\",
        r"\/",
        r"\b\f\n\r\t",
        r"\u00e9",
        r"\ud83d\ude80",
        r"\u2028",
        r"\uFFFE",
        "é",
        "🚀",
        "\u2028",
        "\x7f",
        "\ufeff",
    ]
    shapes = [
        "[]",
        "{}",
        "[[]]",
        '{"a":{}}',
        "[1,2,3]",
        '{"a":1,"b":[true,false,null]}',
        "[null]",
        '{"":0}',
        '{"a b":1}',
        '{"é":1}',
        "[ ]",
        "{ }",
    ]
    for number in numbers:
        yield f"number {number}", around(number.encode())
    for text in texts:
        yield f"text {text!a}", around(f'"{text}"'.encode())
    for shape in (*shapes, "true", "false", "null", '""', '" "', '"' + "x" * 9000 + '"'):
        yield f"value {shape[:20]}", around(shape.encode())
    for name, space in (("spaces", b"  "), ("tabs", b"\t"), ("lines", b"\n\r\n")):
        yield (
            f"white space: {name}",
            space + around(b"1").replace(b":", b" : ".replace(b" ", space)).replace(b",", space + b"," + space) + space,
        )
    for levels in (1, 5, 20, 29):
        yield f"{levels} levels of lists", around(b"[" * levels + b"]" * levels)
        yield f"{levels} levels of objects", around(b'{"a":' * levels + b"1" + b"}" * levels)
    yield "many elements", around(b"[" + b"0," * 20_000 + b"0]")
    yield "a byte order mark", b"\xef\xbb\xbf" + around(b"1")


def invalid() -> Iterator[tuple[str, bytes]]:
    """What no strict parser reads: each must be refused, as a whole or by name."""
    values = words("01 -01 +1 .5 1. 1.e5 -.5 1e 1e+ 0x1 0b1 1_0 NaN Infinity -Infinity nan inf - -- 1..2 1e1.5 ١ １")
    values += [
        "True",
        "FALSE",
        "None",
        "nul",
        "undefined",
        "tru",
        "'a'",
        "`a`",
        "a",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "[",
        "]",
        "[1",
        "1]",
        "[1}",
    ]
    values += [
        '{"a"}',
        '{"a":}',
        "{a:1}",
        "{'a':1}",
        '{"a":1,}',
        '{,"a":1}',
        '{"a" 1}',
        '{"a":1 "b":2}',
        '{"a"::1}',
        "{1:1}",
        '{"a":1',
        "{[]:1}",
    ]
    values += [
        '"\\x41"',
        '"\\u12"',
        '"\\u12G4"',
        '"\\',
        '"abc',
        '"\\a"',
        '"\\\'"',
        '"\t"',
        '"\n"',
        '"\x01"',
        '"\x1f"',
        "/*c*/1",
        "1//c",
        "#c",
        "1;",
        "*",
        "@",
    ]
    for value in values:
        yield f"value {value!a}", around(value.encode())
    yield from _broken_documents()


def _broken_documents() -> Iterator[tuple[str, bytes]]:
    yield from (
        *(("nothing", b""), ("white space", b"  \n"), ("half a document", around(b"1")[:-3]), ("two documents", around(b"1") * 2)),
        *(
            ("something after it", around(b"1") + b"x"),
            ("a comma after it", around(b"1") + b","),
            ("a zero byte after it", around(b"1") + b"\0"),
        ),
        *(
            ("a zero byte before it", b"\0" + around(b"1")),
            ("a zero byte inside a text", around(b'"a\0b"')),
            ("UTF-16", around(b"1").decode().encode("utf-16")),
        ),
        *(
            ("UTF-32", around(b"1").decode().encode("utf-32")),
            ("a form feed", b"\x0c" + around(b"1")),
            ("a no-break space", "\u00a0".encode() + around(b"1")),
        ),
        *(("a list", b"[" + around(b"1") + b"]"), ("a number", b"1"), ("a text", b'"x"'), ("null", b"null"), ("true", b"true")),
        *(
            ("only openings", b"[" * 50_000),
            ("only objects", b'{"a":' * 50_000),
            ("a pickle", b"\x80\x04\x95."),
            ("XML", b"<event/>"),
            ("YAML", b"event: note"),
        ),
    )


def open_cases() -> Iterator[tuple[str, bytes]]:
    """What a parser may decide: ours decides the same on every store, as listed."""
    numbers = words(
        "1e400 -1e400 1e-400 9007199254740993 -9007199254740993 18446744073709551616 1e999999999 1e-999999999 0.1000000000000000055"
    )
    for number in (*numbers, "1" * 100, "1" * 2400, "1" * 4300, "1" * 4301, "1" * 100_000, "0." + "1" * 5000, "1." + "0" * 400 + "1"):
        name = number if len(number) < 30 else f"{number[:3]}… of {len(number)} characters"
        yield f"number {name}", around(number.encode())
    lone = (r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud800x", r"\udc00\ud800", r"a\ud83d", r"\u0000", r"a\u0000b", r"\uD800\u0041")
    for text in lone:
        yield f"text {text}", around(f'"{text}"'.encode())
        yield f"name {text}", around(f'{{"{text}":1}}'.encode())
    for name, raw in (
        ("overlong", b"\xc0\x80"),
        ("a lone continuation", b"\x80"),
        ("a cut sequence", b"\xe2\x82"),
        ("CESU-8", b"\xed\xa0\xbd\xed\xba\x80"),
    ):
        yield f"bytes: {name}", around(b'"' + raw + b'"')
    yield "beyond Unicode", around(b'"\xf4\x90\x80\x80"')
    yield "half a surrogate in bytes", around(b'"\xed\xa0\x80"')
    yield "Latin-1", around(b'"caf\xe9"')
    yield "a name twice", around(b'{"a":1,"a":2}')
    yield "the event twice", around(b"1").replace(b'"did"', b'"event":"other","did"')
    yield "properties twice", around(b"1")[:-1] + b',"properties":{"y":2}}'
    yield "an empty name", around(b'{"":{"":{"":1}}}')
    yield "__proto__", around(b'{"__proto__":{"x":1},"constructor":1}')
    for levels in (30, 31, 32, 40, 100, 500, 990, 1010, 100_000):
        yield f"{levels} levels of lists", around(b"[" * levels + b"]" * levels)
        yield f"{levels} levels of objects", around(b'{"a":' * levels + b"1" + b"}" * levels)
    for size in (1000, 1001):
        yield f"{size} names", around(json.dumps({f"n{number}": number for number in range(size)}).encode())
    for size in (256, 257, 5000):
        yield f"a name of {size} bytes", around(json.dumps({"n" * size: 1}).encode())
    for size in (262_000, 263_000):
        yield f"a text of {size} bytes", around(b'"' + b"x" * size + b'"')
