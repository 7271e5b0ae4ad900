"""Networks for images, segmentation and its metrics, data sets, pictures."""

from .alexnet import AlexNet
from .fcn import FCN8s
from .folder import SegmentationFolder
from .metrics import ConfusionMatrix, jaccard, pixel_accuracy
from .palette import colourise, overlay, voc_palette
from .scenes import CLASSES, Scene, SceneDataset, draw_scene
from .segment import evaluate, predict, train_segmentation
from .unet import UNet

__all__ = [
    "CLASSES",
    "AlexNet",
    "ConfusionMatrix",
    "FCN8s",
    "Scene",
    "SceneDataset",
    "SegmentationFolder",
    "UNet",
    "colourise",
    "draw_scene",
    "evaluate",
    "jaccard",
    "overlay",
    "pixel_accuracy",
    "predict",
    "train_segmentation",
    "voc_palette",
]
