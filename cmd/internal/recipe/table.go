package recipe

// row is a recipe: what it says of flags that are not given.
type row struct {
	name, about string
	models      []string // what the names of its networks begin with, none for a recipe of no family
	own         bool     // whether these have it where none is named, as they hardly learn by that of ResNets
	both        values
	cifar       values // of cifar-train besides; nil where that has no such recipe
	imagenet    values // of imagenet-train besides; nil where that has no such recipe
}

// values are those of flags, by name.
type values map[string]string

// table is what there is. Rates are for the batch of the row: where a paper's batch is
// larger, its rate is divided by as much (Goyal et al. 2017, section 2.1). Spans are
// hundredths of the run, so that they fit one of any length. Stochastic depth and dropout
// are those of the networks themselves where a row says nothing of them.
//
// The papers' augmentations by RandAugment, AutoAugment and random erasing are not there.
// Rows for CIFAR are the papers' where they train on it (DenseNet), else of their kind,
// with rates and lengths for small pictures.
var table = []row{
	{name: "paper", about: "He et al. 2015, sections 3.4 and 4.2, for ResNets: SGD with momentum", cifar: values{}, imagenet: values{}},
	{name: "fast", about: "the paper's error of ResNet-20 within an hour: one cycle of the rate",
		cifar: values{"epochs": "60", "schedule": "onecycle", "lr": "0.2", "weight-decay": "0.0005", "nesterov": "true"}},
	{name: "torchvision", about: "another augmentation and initialisation than the paper's",
		imagenet: values{"augment": "torchvision", "init": "fan-out"}},
	{name: FineTune, about: "with -weights: a trained network learns other classes",
		both:  values{"epochs": "15", "batch": "32", "lr": "0.01", "schedule": "cosine"},
		cifar: values{}, imagenet: values{"augment": "torchvision"}},

	// Section 5: batch 128, rate 0.01 "reduced three times prior to termination", roughly
	// 90 epochs, decay 0.0005. When it is reduced is ours.
	{name: "alexnet", about: "Krizhevsky et al. 2012, section 5; ZFNet (Zeiler and Fergus 2013, section 3) too: SGD, a low rate that falls three times",
		models: []string{"alexnet", "zfnet"}, own: true,
		both:  values{"epochs": "90", "batch": "128", "lr": "0.01", "weight-decay": "0.0005", "schedule": "steps:25%,50%,75%"},
		cifar: values{"normalize": "channel"}, imagenet: values{}},
	// Section 3.1: batch 256, rate 0.01 that fell three times, 74 epochs.
	{name: "vgg", about: "Simonyan and Zisserman 2014, section 3.1: SGD, a low rate that falls three times",
		models: []string{"vgg"}, own: true,
		both:  values{"epochs": "74", "lr": "0.01", "weight-decay": "0.0005", "schedule": "steps:25%,50%,75%"},
		cifar: values{"batch": "128", "normalize": "channel"}, imagenet: values{"batch": "256"}},
	// Sections 4.1 and 4.2; the rate falls at 1/2 and 3/4 on CIFAR, at 1/3 and 2/3 on ImageNet.
	{name: "densenet", about: "Huang et al. 2016, section 4.2: SGD with Nesterov's momentum",
		models:   []string{"densenet"},
		both:     values{"lr": "0.1", "weight-decay": "0.0001", "nesterov": "true"},
		cifar:    values{"epochs": "300", "batch": "64", "schedule": "steps:50%,75%", "normalize": "channel"},
		imagenet: values{"epochs": "90", "batch": "256", "schedule": "steps:33.3333%,66.6667%", "augment": "torchvision"}},
	// 2019, section 5.2, and the authors' code (tensorflow/tpu): 0.016 for a batch of 256,
	// 5 epochs of warm-up of 350, smoothing, the average, and no decay of norms.
	{name: "efficientnet", about: "Tan and Le 2019, section 5.2, and 2021, section 4.1: TensorFlow's RMSProp, an exponential fall, an average of the weights",
		models: []string{"efficientnet"}, own: true,
		both: values{"optimizer": "rmsprop:alpha=0.9,epsilon=0.001,momentum=0.9,tensorflow", "momentum": "0", "weight-decay": "0.00001", "decay-all": "false",
			"schedule": "warmup:1.43%+exponential:0.0118", "label-smoothing": "0.1"},
		cifar:    values{"epochs": "100", "batch": "128", "lr": "0.008", "ema": "0.999", "normalize": "channel"},
		imagenet: values{"epochs": "350", "batch": "256", "lr": "0.016", "ema": "0.9999", "augment": "torchvision"}},
	// Table 3 and appendix B.1: Adam with a decay apart from the gradient, 0.003 for a
	// batch of 4096, 10,000 steps of warm-up of 300 epochs, gradients of norm 1 at most,
	// dropout of 0.1. On small pictures what Touvron et al. 2020, table 9, put in place of
	// a larger data set.
	{name: "vit", about: "Dosovitskiy et al. 2020, table 3: AdamW, a long warm-up and a cosine, short gradients",
		models: []string{"vit_"}, own: true,
		both:     values{"optimizer": "adamw", "momentum": "0", "decay-all": "false", "clip-norm": "1", "schedule": "warmup:10%+cosine"},
		cifar:    values{"epochs": "200", "batch": "128", "lr": "0.001", "weight-decay": "0.05", "label-smoothing": "0.1", "mixup": "0.8", "cutmix": "1", "drop-path": "0.1", "normalize": "channel"},
		imagenet: values{"epochs": "300", "batch": "256", "lr": "0.0001875", "weight-decay": "0.3", "dropout": "0.1", "augment": "torchvision"}},
	// Table 5: 0.004 for a batch of 4096, 20 of 300 epochs of warm-up.
	{name: "convnext", about: "Liu et al. 2022, table 5: AdamW, a warm-up and a cosine, mixup, CutMix, an average of the weights",
		models: []string{"convnext"}, own: true,
		both: values{"optimizer": "adamw", "momentum": "0", "weight-decay": "0.05", "decay-all": "false", "schedule": "warmup:6.67%+cosine",
			"label-smoothing": "0.1", "mixup": "0.8", "cutmix": "1"},
		cifar:    values{"epochs": "100", "batch": "128", "lr": "0.002", "ema": "0.999", "normalize": "channel"},
		imagenet: values{"epochs": "300", "batch": "256", "lr": "0.00025", "ema": "0.9999", "augment": "torchvision"}},
}
