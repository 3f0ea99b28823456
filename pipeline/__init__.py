"""What Assay does: verify, generate, pair, train, evaluate, compare, plan. torch lives here and only here."""

if __name__ != "assay.pipeline":
    raise ImportError("import assay.pipeline, not pipeline: the folder is packaged as assay.pipeline")
