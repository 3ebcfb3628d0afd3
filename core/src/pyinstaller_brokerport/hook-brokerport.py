"""What PyInstaller puts into a program that imports brokerport: the plugins that are installed, by their entry points.

A plugin is found by its distribution's metadata, describes itself in a manifest, and is imported by name: none of that is seen in code.
"""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

from brokerport.errors import PluginError
from brokerport.plugins import manifest
from brokerport.plugins.claims import claims
from brokerport.plugins.manifest import ManifestError

CORE = "brokerport"
APART = ("cli", "compat", "scaffold", "testing")  # rooms that need more packages; a program that imports one has it by that

# Named for checkers of types, and imported when a frame is asked for: a program that wants one names it itself.
excludedimports = ["pandas", "polars", "pyarrow"]
hiddenimports = ["tzdata", *collect_submodules(CORE, filter=lambda name: not name.startswith(tuple(f"{CORE}.{each}" for each in APART)))]
datas = copy_metadata(CORE)


for claim in claims():
    try:
        packages = {claim.module.partition(".")[0], manifest.read(claim.module).same_as}  # whose manifest tells the rest
    except (PluginError, ManifestError):  # the frozen program says what is wrong with it, as any other does
        continue
    datas += copy_metadata(claim.distribution)
    for package in filter(None, packages):
        hiddenimports += collect_submodules(package, filter=lambda name: name.rpartition(".")[2] not in APART)
        datas += collect_data_files(package)
