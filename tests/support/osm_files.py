"""Small OSM documents, drawn in degrees around 113.3 E 23 N; 1e-5 degree is about a metre."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr


def node(ref: int, lon: float, lat: float, **tags: str) -> str:
    return f'<node id="{ref}" lon="{lon}" lat="{lat}">{_tags(tags)}</node>'


def way(ref: int, nodes: list[int], **tags: str) -> str:
    members = "".join(f'<nd ref="{n}"/>' for n in nodes)
    return f'<way id="{ref}">{members}{_tags(tags)}</way>'


def relation(number: int, members: list[tuple[str, int, str]], **tags: str) -> str:
    body = "".join(f'<member type="{t}" ref="{r}" role="{role}"/>' for t, r, role in members)
    return f'<relation id="{number}">{body}{_tags(tags)}</relation>'


def document(*elements: str) -> bytes:
    return f'<osm version="0.6">{"".join(elements)}</osm>'.encode()


def _tags(tags: dict[str, str]) -> str:
    return "".join(
        f"<tag k={quoteattr(k.replace('__', ':'))} v={quoteattr(v)}/>" for k, v in tags.items()
    )
