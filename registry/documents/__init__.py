"""What documents say, read as Markdown: their blocks, the files that they name, what they claim of them.

What a document says is a claim. Nothing here is put on record, and nothing becomes clean by being written somewhere.
"""
