// Package scoring counts how well networks answer: Top and Probabilities say what a
// network's scores amount to, Average puts those of several views or networks together,
// Judge compares them with the right class, and a Tally of such Answers has the top-1 and
// top-5 errors, the figures of each class, and the confusion of classes.
// AveragePrecision is for classes that do not exclude each other, and Pixels has the mean IoU of
// segmentation. It knows nothing of networks or data sets. The Example counts the answers to three
// pictures. Packages coco and voc below it count the objects that were found in pictures.
package scoring
