// Package detection trains networks that find objects in pictures, those of package
// resnet/detection, and measures them.
//
// A [Task] has the network and how many objects a picture may have; its Model reads the fields
// that a data set of pictures with boxes carries beside them. With
//
//	frozen, err := network.Frozen(3)
//	training.Config{Task: task, Model: task.Model(), Freeze: frozen, ...}
//
// a training.Trainer makes the sum of the network's losses small. The batch norms of a backbone
// that was trained before are best frozen, as batches are small. Evaluations measure the mean
// average precision of COCO. The Example trains on drawn scenes and finds what is in others.
package detection
