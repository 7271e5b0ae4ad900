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
from .networks.draw_network import draw_network
from .networks.fcn import FCN8s
from .networks.receptive_field import receptive_field
from .networks.segmentation_net import segmentation_net
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
    "draw_network",
    "draw_scene",
    "evaluate",
    "find_layout",
    "focal_loss",
    "jaccard",
    "overlay",
    "pixel_accuracy",
    "pixel_cross_entropy",
    "predict",
    "receptive_field",
    "segmentation_net",
    "train_segmentation",
    "voc_palette",
    "voc_stats",
]
