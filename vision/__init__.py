"""Networks for images, segmentation and its metrics, data sets, pictures."""

from .data.check import check_segmentation
from .data.folders import SegmentationFolder
from .data.layouts import find_layout
from .data.palette import colourise, overlay, voc_palette
from .data.scenes import CLASSES, Scene, SceneDataset, draw_scene
from .data.transforms import Augment
from .data.voc import voc_stats
from .data.weights import border_weights, class_weights
from .networks.alexnet import AlexNet
from .networks.fcn import FCN8s
from .networks.unet import UNet
from .segmentation.losses import dice_loss, focal_loss, pixel_cross_entropy
from .segmentation.metrics import ConfusionMatrix, jaccard, pixel_accuracy
from .segmentation.predict import evaluate, predict
from .segmentation.train import train_segmentation

__all__ = [
    "CLASSES",
    "AlexNet",
    "Augment",
    "ConfusionMatrix",
    "FCN8s",
    "Scene",
    "SceneDataset",
    "SegmentationFolder",
    "UNet",
    "border_weights",
    "check_segmentation",
    "class_weights",
    "colourise",
    "dice_loss",
    "draw_scene",
    "evaluate",
    "find_layout",
    "focal_loss",
    "jaccard",
    "overlay",
    "pixel_accuracy",
    "pixel_cross_entropy",
    "predict",
    "train_segmentation",
    "voc_palette",
    "voc_stats",
]
