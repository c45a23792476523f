"""``python -m taobaogis``."""

from taobaogis.cli import main

if __name__ == "__main__":
    main()
