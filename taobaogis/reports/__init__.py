"""Reports: tables, pages and files of a run."""
