// Package detection trains networks that find objects in pictures, those of package
// resnet/detection, and measures them.
//
// A [Task] has the network and how many objects a picture may have; its Model reads the fields
// that [Data], a set of annotations, carries beside the pictures:
//
//	task := detection.Task{Network: network}
//	data, err := detection.NewData(set, task, detection.DataOptions{})
//	frozen, err := network.Frozen(3)
//	training.Config{Task: task, Model: task.Model(), Train: data, Freeze: frozen, ...}
//
// A training.Trainer makes the sum of the network's losses small. The batch norms of a backbone
// that was trained before are best frozen, as batches are small. Evaluations measure COCO's
// average precision of boxes, and in them the losses of the second stage are those of all
// proposals. The Example trains on a data set of one's own.
//
// A [Predictor] finds the objects in pictures of any size; [Object.Detection] hands them to
// package coco for all twelve figures of boxes and masks.
package detection
