import hashlib

from taobaogis.provenance import Provenance, file_digest


def test_provenance_survives_a_round_trip_through_plain_data():
    origin = Provenance("a.pbf", query="q", as_of="2026-03-28", licence="ODbL-1.0", digest="d")
    assert Provenance.from_dict(origin.to_dict()) == origin
    assert Provenance.from_dict({"source": "x", "from_the_future": 1}) == Provenance("x")


def test_the_digest_is_the_sha256_of_the_bytes(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"lane" * 600_000)
    assert file_digest(path) == "sha256:" + hashlib.sha256(b"lane" * 600_000).hexdigest()
