// Package tensorboard writes and reads TensorBoard's event files: scalars and histograms by
// step, which `tensorboard --logdir DIR` shows as curves. It knows nothing of training. The
// Example records a loss and reads it back.
//
// An event file is a sequence of TFRecords (see [Writer]), each a protocol buffer
// tensorflow.Event.
package tensorboard
