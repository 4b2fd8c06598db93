// Package imagenet brings photographs to networks as He et al., "Deep Residual Learning for
// Image Recognition" (arXiv:1512.03385), section 3.4, and torchvision do.
//
// The Example turns a picture into the input of a network and the network's answer into
// classes; that of [Examples] is a data set in folders, for training and testing.
//
// # Data sets
//
//	set, err := imagenet.OpenFolder(ctx, "imagenet/train", imagenet.FolderOptions{})
//	validation, err := imagenet.OpenFolder(ctx, "imagenet/val", imagenet.FolderOptions{Classes: set.Classes})
//	data := &imagenet.Examples{Set: set, Train: imagenet.PaperAugmentation(224), Log: slog.Default()}
//
// is a data set for training.Config: CLASS/*.JPEG with the classes, their order and so the
// labels of torchvision's ImageFolder. [OpenFlat] takes a folder without classes and a file
// of labels: the development kit's, Kaggle's, Tiny ImageNet's, or lines of name and label.
// [OpenManifest] takes a table of pictures and labels. The list of a folder's files is kept
// as an index in the user's cache directory and made again when the folder has changed.
// 100,000 files in 1,000 classes are listed in 0.9 s, the second time in 0.05 s, and an epoch
// over them keeps within 37 MB (GORGONET_LARGE=1 go test -run Large -v ./imagenet).
//
// # Tables
//
// Their first line names the columns; upper case, spaces, - and _ in the names do not count.
// Of several the first of these is taken:
//
//	pictures  path filepath imagepath imgpath filename imagename imgname file image img imageid imgid id
//	labels    label labels class category target predictionstring
//	          class_index class_idx class_id label_index ... category_id target_index: numbers from 0
//	          class_name label_name category_name synset wnid: names
//
// Columns are parted by tabs, semicolons or commas, what the first line has; cells may be in
// quotes and begin with spaces. The text is UTF-8 or UTF-16, and lines end as any system ends
// them. Labels are numbers where all of a file are whole numbers, also written 3.0, and names
// otherwise; what cannot be decided is an error that says what to add.
//
// # Pictures
//
// JPEG of every kind (gray, CMYK, progressive, arithmetic coding), PNG, GIF, BMP, WebP, TIFF,
// PBM, PGM and PPM are read, told by their contents. EXIF orientation is ignored as in
// torchvision, headers of more than 179 million pixels (progressive JPEGs: 45 million) are
// refused unread. Of a picture that cannot be read the log hears once; another, always the
// same, takes its place, and [Examples.Unreadable] tells which they are.
//
// Compared with torchvision 0.14 and Pillow 9.4 (go test -v ./imagenet, with the photographs
// in GORGONET_DATA), decoded JPEGs of every kind, resizing, crops, flips, the ten crops and
// colour changes are the same bytes. Of a JPEG only the part that a crop needs is computed,
// in full resolution: scaled decoding would be other bytes.
//
// # Augmentation and testing
//
// Augmentation is a list of values that draw from one generator: [RandomResize],
// [RandomCrop], [RandomFlip] and [Lighting] are the paper's, [RandomResizedCrop] and
// [ColorJitter] torchvision's; a [Pipeline] runs them. [Preprocessing] belongs to a set of
// weights; it, [TenCropTest] and [FullTest] (whole pictures at several sizes) give the views
// of a picture for testing; package training/scoring averages their scores and counts.
//
// # Speed
//
// Images a second of the loader with two workers, to 224x224 (go test -run NONE -bench
// Pipeline ./imagenet: medians of five and four rounds on two cores, in turn with
// torchvision's ImageFolder and DataLoader with two workers and Pillow's decoder, on the same
// photographs):
//
//	crop of random area and ratio, flip                             885   torchvision 649   ratio 1.36
//	shorter side 256 to 480, crop, flip (and colours, ours)         986   torchvision 482   ratio 2.05
//
// # How it differs from the paper
//
// The mean of each channel is subtracted, not of each pixel, and it is divided by the
// channel's deviation: what torchvision's weights want. [PixelMean] makes the mean of every
// pixel.
package imagenet
