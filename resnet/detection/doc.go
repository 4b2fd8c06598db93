// Package detection has networks that find objects in pictures, as torchvision has them:
//
//	fasterrcnn_resnet50_fpn  two stages (Ren et al. 2015) on a feature pyramid
//	maskrcnn_resnet50_fpn    the same with the outlines of objects (He et al. 2017)
//	retinanet_resnet50_fpn   one stage, trained with the focal loss (Lin et al. 2017)
//	fasterrcnn_resnet101_c4  Faster R-CNN as He et al. 2015 have it (appendix A), with the last
//	                         stage on what is in the regions
//	fasterrcnn_vgg16         the same on the network that they compare with
//	fasterrcnn_small         for small pictures, to try things with; and maskrcnn_small
//
// and these on other residual networks. [Lookup] makes them; [FasterRCNN] and [RetinaNet] are
// data to make one's own of. Tensors have torchvision's names, so that its weights load.
// Training is in package training/detection, boxes without graphs in package boxes.
//
// # One static graph
//
// How many proposals, regions and objects there are depends on the pictures, the size of a
// graph does not. So there is room for the most that there may be of each picture, a row each,
// and a row whose picture is -1 is none: pooling makes zeros of it, losses and what is found
// pass over it. Anchors, proposals, samples, their losses and the suppression of doubles are
// operations of the graph ([graph.CustomOp]) without a gradient to boxes, so that training is
// one run of one graph, forward and backward. Nothing leaves it.
//
// What is drawn at random, the anchors and regions that are learnt from, depends on the seed,
// the step and the layer's name, as dropout does.
//
// # Differences from torchvision
//
// The scale of a map is that of the canvas, not of the largest picture on it. Anchors and
// scores that tie are taken in order.
package detection
