"""Reports as Markdown, HTML and JSON: pure, deterministic, within a byte budget, without a secret."""
