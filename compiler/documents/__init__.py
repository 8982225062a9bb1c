"""Files that hold PromQL and were not written for promgate: rule files, and Markdown with blocks of queries."""
