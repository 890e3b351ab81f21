"""Two public-domain photographs that come inside installed packages, found without importing those."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from monitor.problems import NotFound
from monitor.words import N_

# Eileen Collins (NASA, in scikit-image) and Grace Hopper (US Navy, in matplotlib).
_PLACES = {"astronaut": ("skimage", "data/astronaut.png"), "hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")}


class PhotographMissing(NotFound):
    """The package that carries a photograph is not installed."""


def photograph(name: str) -> Path:
    """The file of a photograph, `astronaut` or `hopper`. Raises PhotographMissing."""
    return find(*_PLACES[name])


def find(package: str, file: str) -> Path:
    """A file inside a package that is found, not imported. Raises PhotographMissing."""
    spec = find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / file
        if path.is_file():
            return path
    raise PhotographMissing(
        N_("The demonstration needs the photograph inside the package %(package)s; `make setup` installs it."), package=package
    )
