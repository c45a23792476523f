"""Blocks that are made to be walked through for minutes are refused at once."""

import time

import pytest
from hostile.kit.osm_blocks import FILES
from hostile.kit.pbf import field, file_of

from taobaogis.errors import SourceDataError
from taobaogis.loaders.osm_whole import require_readable


@pytest.mark.parametrize(
    "body",
    [
        FILES["a block that says it is small and unpacks to 64 MB"][0],
        lambda: file_of([(b"OSMHeader", b""), (b"OSMData", field(2, b"") * (1 << 21))]),
    ],
)
def test_a_block_of_millions_of_empty_fields_is_refused_at_once(tmp_path, body):
    path = tmp_path / "x.osm.pbf"
    path.write_bytes(body())
    start = time.process_time()
    with pytest.raises(SourceDataError, match="not what the format asks for"):
        require_readable(path)
    assert time.process_time() - start < 1.0
