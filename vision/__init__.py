"""Networks for images, segmentation and its metrics, data sets, pictures."""

from .data.check import check_segmentation
from .data.folders import SegmentationFolder
from .data.images import read_image
from .data.layouts import find_layout
from .data.palette import colourise, overlay, voc_palette
from .data.scenes import CLASSES, Scene, SceneDataset, draw_scene
from .data.transforms import Augment
from .data.voc import voc_stats
from .data.weights import border_weights, class_weights
from .interpret.attack import fgsm
from .interpret.dream import dream
from .interpret.maximise import maximise
from .interpret.top_patches import top_patches
from .networks.alexnet import AlexNet
from .networks.alexnet_original import AlexNetOriginal
from .networks.classification_net import classification_net
from .networks.context import ContextModule
from .networks.convolutional import fully_convolutional
from .networks.deeplab import DeepLab
from .networks.dilated import FrontEnd
from .networks.draw_network import draw_network
from .networks.fcn import FCN8s, FCN16s, FCN32s
from .networks.fcn_alexnet import FCNAlexNet
from .networks.mobilenet import mobilenet_v1
from .networks.mobilenet_v2 import mobilenet_v2
from .networks.preprocess import Preprocess
from .networks.pretrained import load_pretrained
from .networks.receptive_field import receptive_field
from .networks.resnet import resnet18, resnet34, resnet50
from .networks.segmentation_net import segmentation_net
from .networks.squeezenet import squeezenet1_0, squeezenet1_1
from .networks.unet import UNet
from .networks.vgg import vgg11, vgg13, vgg16, vgg19
from .networks.weights import load_weights
from .segmentation.crf_search import CRFSearch, search_crf
from .segmentation.dense_crf import dense_crf
from .segmentation.losses import dice_loss, focal_loss, pixel_cross_entropy
from .segmentation.metrics import ConfusionMatrix, jaccard, pixel_accuracy
from .segmentation.predict import evaluate, predict
from .segmentation.train import train_segmentation
from .transfer.backbone import freeze, unfreeze
from .transfer.features import features
from .transfer.fine_tune import fine_tune, param_groups
from .transfer.probe import linear_probe

__all__ = [
    "CLASSES",
    "AlexNet",
    "AlexNetOriginal",
    "Augment",
    "CRFSearch",
    "ConfusionMatrix",
    "ContextModule",
    "DeepLab",
    "FCN8s",
    "FCN16s",
    "FCN32s",
    "FCNAlexNet",
    "FrontEnd",
    "Preprocess",
    "Scene",
    "SceneDataset",
    "SegmentationFolder",
    "UNet",
    "border_weights",
    "check_segmentation",
    "class_weights",
    "classification_net",
    "colourise",
    "dense_crf",
    "dice_loss",
    "draw_network",
    "draw_scene",
    "dream",
    "evaluate",
    "features",
    "fgsm",
    "find_layout",
    "fine_tune",
    "focal_loss",
    "freeze",
    "fully_convolutional",
    "jaccard",
    "linear_probe",
    "load_pretrained",
    "load_weights",
    "maximise",
    "mobilenet_v1",
    "mobilenet_v2",
    "overlay",
    "param_groups",
    "pixel_accuracy",
    "pixel_cross_entropy",
    "predict",
    "read_image",
    "receptive_field",
    "resnet18",
    "resnet34",
    "resnet50",
    "search_crf",
    "segmentation_net",
    "squeezenet1_0",
    "squeezenet1_1",
    "top_patches",
    "train_segmentation",
    "unfreeze",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "voc_palette",
    "voc_stats",
]
