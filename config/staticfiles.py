"""Static files with hashed names, so that a browser may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our JavaScript modules, which the manifest storage leaves alone by default."""

    support_js_module_import_aggregation = True
    keep_intermediate_files = False
