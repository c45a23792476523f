"""The outside world in: files and servers become validated layers in one metric CRS."""
