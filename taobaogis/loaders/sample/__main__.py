"""Write the files of the sample study: ``python -m taobaogis.loaders.sample FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from taobaogis.loaders.sample.writing import write_files

if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
