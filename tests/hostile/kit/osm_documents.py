"""OSM documents and files written to do harm, or as careless programs write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostile.kit.osm_files import fingerprint, note_of, read, small_document
from hostile.kit.verdicts import Case, Verdict
from support.osm_files import node, relation, way

from taobaogis.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DOCUMENTS", "document_cases"]

BODY = small_document().decode().removeprefix('<osm version="0.6">').removesuffix("</osm>")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def doc(*elements: str, head: str = HEAD, attributes: str = "") -> bytes:
    return f'{head}<osm version="0.6"{attributes}>{"".join(elements)}</osm>'.encode()


def bomb() -> bytes:
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)
    )
    return doc(
        node(1, 113.3, 23, name="X").replace("X", "&a11;"),
        head=f"{HEAD}<!DOCTYPE osm [{entities}]>",
    )


def outside() -> bytes:
    return doc(
        node(1, 113.3, 23, shop="clothes", name="X").replace("X", "&x;"),
        head=f'{HEAD}<!DOCTYPE osm [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    )


def outside_dtd() -> bytes:
    return doc(BODY, head=f'{HEAD}<!DOCTYPE osm SYSTEM "http://127.0.0.1:9/osm.dtd">')


STREET = [node(1, 113.31, 23.01), node(2, 113.311, 23.01), node(3, 113.312, 23.01)]

# name: (document, outcomes that are right)
DOCUMENTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "entities that grow a billionfold": (bomb, "error"),
    "an entity from a file of the machine": (outside, "error"),
    "a DTD from a server": (outside_dtd, "error unchanged"),
    "a million open tags": (lambda: doc("<a>" * 1_000_000), "error"),
    "a million nested tags that close": (
        lambda: doc("<a>" * 1_000_000 + "</a>" * 1_000_000 + BODY),
        "error unchanged",
    ),
    "a name of 200 MB": (
        lambda: doc(BODY, node(1, 113.3, 23, shop="clothes", name="x" * 200_000_000)),
        "error",
    ),
    "a name of 1,024 letters": (
        lambda: doc(node(1, 113.3, 23, shop="clothes", name="里" * 1024), BODY),
        "error unchanged",
    ),
    "an attribute of 50 MB": (
        lambda: doc(BODY, attributes=f' x="{"x" * 50_000_000}"'),
        "error unchanged",
    ),
    "300,000 tags on a node": (
        lambda: doc(node(1, 113.3, 23, **{f"k{i}": "v" for i in range(300_000)}), BODY),
        "error unchanged",
    ),
    "70,000 tags on a street": (
        lambda: doc(
            *STREET,
            BODY,
            way(9009, [1, 2, 3], highway="path", **{f"k{i}": "v" for i in range(70_000)}),
        ),
        "error unchanged repaired",
    ),
    "a street of 200,000 points": (
        lambda: doc(
            *(node(10_000 + i, 113.31 + i * 1e-6, 23.01) for i in range(200_000)),
            BODY,
            way(9009, list(range(10_000, 210_000)), highway="path"),
        ),
        "unchanged repaired",
    ),
    "a relation with 200,000 members": (
        lambda: doc(
            BODY,
            relation(9009, [("node", i, "") for i in range(200_000)], type="route", route="bus"),
        ),
        "unchanged repaired",
    ),
    "UTF-16": (lambda: doc(BODY, head="").decode().encode("utf-16"), "unchanged"),
    "UTF-8 with a byte-order mark": (lambda: b"\xef\xbb\xbf" + doc(BODY), "unchanged"),
    "GBK that says it is GBK": (
        lambda: doc(BODY).decode().replace("UTF-8", "GBK").encode("gbk"),
        "error unchanged",
    ),
    "GBK that says it is UTF-8": (lambda: doc(BODY).decode().encode("gbk"), "error"),
    "an encoding nobody knows": (lambda: doc(BODY).replace(b"UTF-8", b"KLINGON"), "error"),
    "NUL in a name": (lambda: doc(BODY).replace("里仁洞0街".encode(), b"a\x00b"), "error"),
    "NUL as a reference": (lambda: doc(BODY).replace("里仁洞0街".encode(), b"a&#0;b"), "error"),
    "half a surrogate as a reference": (
        lambda: doc(BODY).replace("里仁洞0街".encode(), b"a&#xD800;b"),
        "error",
    ),
    "a street without points": (lambda: doc(BODY, way(9009, [], highway="path")), "repaired"),
    "a street of one point": (
        lambda: doc(*STREET, BODY, way(9009, [1], highway="path")),
        "repaired",
    ),
    "a street of one point repeated": (
        lambda: doc(*STREET, BODY, way(9009, [1, 1, 1], highway="path")),
        "repaired",
    ),
    "a street with each point twice": (
        lambda: doc(*STREET, BODY, way(9009, [1, 1, 2, 2, 3, 3], highway="path")),
        "unchanged repaired",
    ),
    "a street there and back": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 3, 2, 1], highway="path")),
        "unchanged repaired",
    ),
    "a street of two points at one place": (
        lambda: doc(
            node(1, 113.31, 23.01), node(2, 113.31, 23.01), BODY, way(9009, [1, 2], highway="path")
        ),
        "repaired",
    ),
    "a house without points": (lambda: doc(BODY, way(9009, [], building="yes")), "repaired"),
    "a house of one point": (
        lambda: doc(*STREET, BODY, way(9009, [1, 1, 1, 1], building="yes")),
        "repaired",
    ),
    "a house that is a line": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 3, 2, 1], building="yes")),
        "repaired",
    ),
    "a house of three points in a row": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 3, 1], building="yes")),
        "repaired",
    ),
    "a house with points missing": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 777, 3, 1], building="yes")),
        "repaired",
    ),
    "a house that does not close": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 3], building="yes")),
        "repaired",
    ),
    "a node at 0, 0": (lambda: doc(node(1, 0, 0, shop="clothes"), BODY), "unchanged repaired"),
    "a street point at 0, 0": (
        lambda: doc(node(1, 0, 0), *STREET[1:], BODY, way(9009, [1, 2, 3], highway="path")),
        "unchanged repaired",
    ),
    "a latitude of 91": (lambda: doc(node(1, 113.3, 91, shop="clothes"), BODY), "error repaired"),
    "a longitude of 181": (lambda: doc(node(1, 181, 23, shop="clothes"), BODY), "error repaired"),
    "a street point at latitude 91": (
        lambda: doc(node(1, 113.31, 91), *STREET[1:], BODY, way(9009, [1, 2, 3], highway="path")),
        "error repaired",
    ),
    "a house corner at latitude 91": (
        lambda: doc(
            node(1, 113.31, 91), *STREET[1:], BODY, way(9009, [1, 2, 3, 1], building="yes")
        ),
        "error repaired",
    ),
    "a shop at the pole": (
        lambda: doc(node(1, 113.3, 90, shop="clothes"), BODY),
        "unchanged repaired",
    ),
    "a street over the antimeridian": (
        lambda: doc(
            node(1, 179.9, 23), node(2, -179.9, 23), BODY, way(9009, [1, 2], highway="path")
        ),
        "unchanged repaired",
    ),
    "a latitude that is no number": (
        lambda: doc(node(1, 113.3, 23, shop="clothes").replace('"23"', '"nan"'), BODY),
        "error repaired",
    ),
    "a latitude of 1e308": (
        lambda: doc(node(1, 113.3, 23, shop="clothes").replace('"23"', '"1e308"'), BODY),
        "error repaired",
    ),
    "a latitude of 400 digits": (
        lambda: doc(node(1, 113.3, 23, shop="clothes").replace('"23"', f'"23.{"1" * 400}"'), BODY),
        "error unchanged",
    ),
    "a node without coordinates": (
        lambda: doc('<node id="1"><tag k="shop" v="clothes"/></node>', BODY),
        "error repaired",
    ),
    "a relation that contains itself": (
        lambda: doc(
            BODY, relation(9009, [("relation", 9009, "outer")], type="multipolygon", building="yes")
        ),
        "repaired",
    ),
    "relations that contain each other": (
        lambda: doc(
            BODY,
            relation(9008, [("relation", 9009, "outer")], type="multipolygon", building="yes"),
            relation(9009, [("relation", 9008, "outer")], type="multipolygon", building="yes"),
        ),
        "repaired",
    ),
    "a route that contains itself": (
        lambda: doc(
            BODY,
            relation(9009, [("relation", 9009, ""), ("way", 1000, "")], type="route", route="bus"),
        ),
        "unchanged",
    ),
    "a multipolygon without members": (
        lambda: doc(BODY, relation(9009, [], type="multipolygon", building="yes")),
        "repaired",
    ),
    "a multipolygon of missing ways": (
        lambda: doc(
            BODY, relation(9009, [("way", 77, "outer")], type="multipolygon", building="yes")
        ),
        "repaired",
    ),
    "a multipolygon that names a way twice": (
        lambda: doc(
            BODY,
            relation(
                9,
                [("way", 3500, "outer"), ("way", 3500, "outer")],
                type="multipolygon",
                building="yes",
            ),
        ),
        "unchanged repaired",
    ),
    "a route that names a way 1,000 times": (
        lambda: doc(BODY, relation(9009, [("way", 1000, "")] * 1000, type="route", route="bus")),
        "unchanged",
    ),
    "a member of an unknown type": (
        lambda: doc(BODY, relation(9009, [("planet", 1, "")], type="route", route="bus")),
        "error repaired",
    ),
    "a role of 10,000 letters": (
        lambda: doc(BODY, relation(9009, [("way", 1000, "x" * 10_000)], type="route", route="bus")),
        "error unchanged",
    ),
    "the number 0": (
        lambda: doc(node(0, 113.31, 23.01), *STREET, BODY, way(9000, [0, 2], highway="path")),
        "error unchanged repaired",
    ),
    "numbers below zero, as editors give to what is new": (
        lambda: doc(
            node(-1, 113.31, 23.01),
            node(-2, 113.311, 23.01),
            BODY,
            way(-9, [-1, -2], highway="path"),
        ),
        "error unchanged repaired",
    ),
    "a house below zero": (
        lambda: doc(
            *(e.replace('id="', 'id="-') for e in STREET),
            BODY,
            way(-9, [-1, -2, -3, -1], building="yes"),
        ),
        "error unchanged repaired",
    ),
    "the number 2^63 - 1": (
        lambda: doc(
            node((1 << 63) - 1, 113.31, 23.01),
            *STREET,
            BODY,
            way(9009, [(1 << 63) - 1, 2], highway="path"),
        ),
        "error unchanged",
    ),
    "the number 2^63": (lambda: doc(node(1 << 63, 113.31, 23.01), BODY), "error"),
    "the number 2^64 + 1": (lambda: doc(node((1 << 64) + 1, 113.31, 23.01), BODY), "error"),
    "a number that is a word": (
        lambda: doc(node(1, 113.31, 23.01).replace('"1"', '"one"'), BODY),
        "error",
    ),
    "no number": (
        lambda: doc(node(1, 113.31, 23.01).replace('id="1"', ""), BODY),
        "error unchanged repaired",
    ),
    "a node twice, at one place": (
        lambda: doc(
            node(1, 113.31, 23.01, shop="clothes"), node(1, 113.31, 23.01, shop="clothes"), BODY
        ),
        "repaired error",
    ),
    # The parser keeps one place a number; to notice would take all points of an extract apart.
    "a node twice, at two places": (
        lambda: doc(
            node(1, 113.31, 23.01),
            node(1, 113.32, 23.01),
            *STREET[1:],
            BODY,
            way(9009, [1, 2], highway="path"),
        ),
        "unchanged repaired error",
    ),
    "a street twice": (
        lambda: doc(
            *STREET, BODY, way(9009, [1, 2], highway="path"), way(9009, [1, 2], highway="path")
        ),
        "repaired error",
    ),
    "a house twice": (
        lambda: doc(
            BODY.replace(
                "<way", way(3000, [2000, 2001, 2002, 2003, 2000], building="yes") + "<way", 1
            )
        ),
        "repaired error",
    ),
    "a route twice": (
        lambda: doc(BODY, *([relation(9009, [("way", 1000, "")], type="route", route="bus")] * 2)),
        "repaired error",
    ),
    "the whole file twice": (lambda: doc(BODY, BODY), "repaired error"),
    "two documents one after another": (lambda: doc(BODY) + doc(BODY), "error"),
    "ways before their points": (
        lambda: doc(way(9009, [1, 2, 3], highway="path"), *STREET, BODY),
        "error",
    ),
    "a house before its points": (
        lambda: doc(way(9009, [1, 2, 3, 1], building="yes"), *STREET, BODY),
        "error",
    ),
    "relations first": (
        lambda: doc(relation(9009, [("way", 1000, "")], type="route", route="bus"), BODY),
        "error unchanged",
    ),
    "numbers falling": (
        lambda: doc(*reversed(STREET), BODY, way(9009, [1, 2, 3], highway="path")),
        "unchanged",
    ),
    "an earlier version of a street beside the present one": (
        lambda: doc(
            *STREET,
            BODY,
            way(9009, [1, 2], highway="path").replace("<way", '<way version="1"'),
            way(9009, [1, 2, 3], highway="path").replace("<way", '<way version="2"'),
        ),
        "repaired error",
    ),
    "a street that was deleted": (
        lambda: doc(
            *STREET,
            BODY,
            way(9009, [1, 2, 3], highway="path").replace("<way", '<way visible="false"'),
        ),
        "repaired error",
    ),
    "bounds the wrong way round": (
        lambda: doc('<bounds minlat="24" minlon="114" maxlat="23" maxlon="113"/>', BODY),
        "error unchanged",
    ),
    "bounds off the globe": (
        lambda: doc('<bounds minlat="-1000" minlon="-1000" maxlat="1000" maxlon="1000"/>', BODY),
        "error unchanged",
    ),
    "bounds of the whole globe": (
        lambda: doc('<bounds minlat="-90" minlon="-180" maxlat="90" maxlon="180"/>', BODY),
        "error unchanged",
    ),
    "bounds that are a point": (
        lambda: doc('<bounds minlat="23" minlon="113.3" maxlat="23" maxlon="113.3"/>', BODY),
        "error unchanged",
    ),
    "bounds elsewhere than the data": (
        lambda: doc('<bounds minlat="50" minlon="10" maxlat="51" maxlon="11"/>', BODY),
        "error unchanged repaired",
    ),
    "a date that is none": (
        lambda: doc(BODY.replace("<node", '<node timestamp="yesterday"', 1)),
        "error unchanged",
    ),
    "another version of the format": (
        lambda: doc(BODY).replace(b'version="0.6"', b'version="0.5"'),
        "error",
    ),
    "a page in place of data": (lambda: b"<html><body>504 Gateway Timeout</body></html>", "error"),
    "nothing": (lambda: b"", "error"),
    "blanks only": (lambda: b" " * 1000, "error"),
    "changes in place of data": (
        f'{HEAD}<osmChange version="0.6"><create>{BODY}</create></osmChange>'.encode,
        "error",
    ),
    "a tag list that says it is a street class": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 3], highway="[" * 100_000)),
        "error",
    ),
    "brackets in a street class": (
        lambda: doc(*STREET, BODY, way(9009, [1, 2, 3], highway="[" * 900)),
        "unchanged repaired",
    ),
    "a number in place of a street class": (
        lambda: doc(
            *STREET,
            BODY,
            way(9009, [1, 2, 3], highway="[1]"),
            way(9010, [1, 2], highway="[]"),
            way(9011, [1, 2], highway="[[]]"),
        ),
        "unchanged repaired",
    ),
    "storeys of 1e308": (lambda: doc(BODY.replace('v="3"', 'v="1e308"')), "unchanged repaired"),
    "storeys of -5 and of NaN": (
        lambda: doc(BODY.replace('v="3"', 'v="-5"').replace('v="4"', 'v="nan"')),
        "unchanged repaired",
    ),
    "a width of 10^400 metres": (
        lambda: doc(BODY.replace('v="4 m"', f'v="{"9" * 400} m"')),
        "unchanged repaired",
    ),
}


def read_document(name: str) -> Verdict:
    """A document: refused, or read with nothing of its sound part lost unsaid."""
    layers = read(DOCUMENTS[name][0]())
    fingerprint(layers)
    true = read(small_document())
    for kind in LAYERS:
        lost = set(true[kind]["osm_id"]) - set(layers[kind]["osm_id"])
        if lost and not note_of(layers):
            return Verdict("silent", f"{kind} lost: {sorted(lost)[:5]}")
    return Verdict("repaired" if note_of(layers) else "unchanged", note_of(layers))


def document_cases() -> Iterator[Case]:
    """Every document once."""
    for name, (_, may) in DOCUMENTS.items():
        yield Case("OSM documents", "XML made by hand", name,
                   "hostile.kit.osm_documents:read_document", (name,),
                   may=frozenset(may.split()), seconds=60, memory_mb=2500)  # fmt: skip
