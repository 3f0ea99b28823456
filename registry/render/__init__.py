"""How an answer looks: Markdown, Mermaid, DOT, OpenLineage, PROV. Text in, text out; no queries."""
