"""What the chapters work on, made when one first asks for it: trained networks, texts that were read."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from . import first_layer, networks
from .reading import Reading, read


class Materials:
    """Networks and readings.

    Parameters
    ----------
    folder : where networks are kept, so that they need not be trained again.
    images, text : a folder of real images and a text file; None for generated scenes and for the
        documentation of the installed libraries.
    show : report progress on standard error.
    """

    def __init__(self, folder: Path, images: Path | None, text: Path | None, show: bool):
        self.folder, self.images, self.text, self.show = folder, images, text, show

    @cached_property
    def task(self) -> networks.Task:
        return networks.camvid(self.images) if self.images else networks.generated()

    @cached_property
    def network(self) -> networks.Trained:
        return networks.unet(self.task, self.folder, self.show)

    @cached_property
    def first_layer(self) -> networks.Trained:
        return first_layer.trained(self.task, self.folder, self.show)

    @cached_property
    def reading(self) -> Reading:
        return read(self.text, self.show)

    @cached_property
    def docs(self) -> Reading:
        """The documentation, whatever else was read."""
        return read(None, self.show) if self.text else self.reading

    @property
    def sources(self) -> str:
        """What the pages are made from, in words."""
        text = self.text.name if self.text else "the documentation of the installed Python libraries"
        return f"{'CamVid' if self.images else 'generated scenes'} and {text}"
