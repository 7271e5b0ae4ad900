"""What the chapters work on, made when one first asks for it: trained networks, texts that were read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import first_layer, networks, sentence_task
from .reading import Reading, read


@dataclass(frozen=True)
class RealData:
    """Folders and files of real data; None where there is none.

    Attributes
    ----------
    images : a folder of images; otherwise scenes are generated.
    text : a text file; otherwise the documentation of the installed libraries is read.
    labelled : a folder with labelled sentences and word vectors; otherwise reviews are generated.
    """

    images: Path | None = None
    text: Path | None = None
    labelled: Path | None = None


class Materials:
    """Networks and readings.

    Parameters
    ----------
    folder : where networks are kept, so that they need not be trained again.
    real : real data, as far as there is any.
    show : report progress on standard error.
    """

    def __init__(self, folder: Path, real: RealData, show: bool):
        self.folder, self.show = folder, show
        self.images, self.text, self.labelled = real.images, real.text, real.labelled

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

    @cached_property
    def sentences(self) -> sentence_task.Sentences:
        return sentence_task.real(self.labelled) if self.labelled else sentence_task.generated(self.show)

    @property
    def sources(self) -> str:
        """What the pages are made from, in words."""
        text = self.text.name if self.text else "the documentation of the installed Python libraries"
        return f"{'CamVid' if self.images else 'generated scenes'} and {text}"
