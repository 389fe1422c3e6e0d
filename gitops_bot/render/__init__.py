"""Reports as Markdown and JSON: pure, deterministic, within a byte budget, without a secret."""
