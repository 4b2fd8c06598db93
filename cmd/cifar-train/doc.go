// Cifar-train trains, fine-tunes and measures networks on CIFAR-10 or CIFAR-100.
//
//	go run ./cmd/cifar-train
//
// has the recipe of He et al. 2015 (arXiv:1512.03385), section 4.2. It downloads CIFAR-10 into the user's cache directory and trains ResNet-20: batch 128,
// learning rate 0.1 divided by 10 at 32,000 and 48,000 of 64,000 steps, momentum 0.9,
// weight decay 0.0001, pictures padded by 4 pixels, cropped at random and flipped, the
// mean picture subtracted. -h lists all flags.
//
// # Data
//
// -data takes a folder or an archive, of the binary version or of the Python version that
// torchvision downloads, in place of the download, or synthetic: pictures of ten shapes
// that are drawn, not read. -dataset cifar100 is the other data set. All 50,000 training
// pictures are trained on; -holdout 5000 (its older name is -val) is the paper's split of
// 45,000 and 5,000. A short run on a tenth of the data,
//
//	go run ./cmd/cifar-train -data cifar-10-binary.tar.gz -limit-train 5000 -limit-test 2000 -epochs 5 -schedule onecycle
//
// ends with a test error of 53.75 % on 2,000 pictures after about a minute (two cores
// with AVX-512).
//
// # The paper's error within an hour
//
//	go run ./cmd/cifar-train -recipe fast
//
// trains ResNet-20 for 60 epochs with one cycle of the learning rate up to 0.2, Nesterov's
// momentum and a weight decay of 0.0005, on all 50,000 pictures. It ended with a test
// error of 8.25 % (the paper's ResNet-20: 8.75 %) after 58 minutes of training and testing
// on two cores with AVX-512, of which other work took a part; one run, seed 1, the error
// after the last step, not the lowest. Its log and curves are
// testdata/fast/log.csv and curves.svg in the repository.
//
// # Recipes by family
//
// -recipe NAME sets the flags that are not given; -h lists what each sets.
//
//	recipe        of                              optimizer              batch  rate   epochs  rate over the run                   besides
//	paper         He et al. 2015, 4.2             SGD                    128    0.1    64,000  /10 at 50 and 75 %
//	                                                                                   steps
//	fast          the same within an hour         SGD, Nesterov          128    0.2    60      one cycle
//	finetune      trained networks (-weights)     SGD                    32     0.01   15      cosine
//	alexnet       Krizhevsky et al. 2012, 5       SGD                    128    0.01   90      /10 at 25, 50 and 75 %              AlexNet, ZFNet
//	vgg           Simonyan and Zisserman 2014, 3  SGD                    128    0.01   74      /10 at 25, 50 and 75 %
//	densenet      Huang et al. 2016, 4.2          SGD, Nesterov          64     0.1    300     /10 at 50 and 75 %
//	efficientnet  Tan and Le 2019, 5.2            RMSProp (TensorFlow's) 128    0.008  100     warm-up of 1.43 %, exponential fall smoothing, average
//	vit           Dosovitskiy et al. 2020, t. 3   AdamW                  128    0.001  200     warm-up of 10 %, cosine             clipping at 1, smoothing, mixup, CutMix, stochastic depth
//	convnext      Liu et al. 2022, table 5        AdamW                  128    0.002  100     warm-up of 6.67 %, cosine           smoothing, mixup, CutMix, average
//
// DenseNet's is its paper's for CIFAR; the others are of their papers' kind, with lengths
// and rates for small pictures. Spans are parts of the run, so that -epochs 20 has a
// warm-up and a fall that fit 20 epochs. Short runs want little against overfitting: in
// some ten epochs a ConvNeXt or a ViT learns more with -mixup 0 -cutmix 0 -drop-path 0
// -ema 0. Norms, biases, layer scales and positions do not decay by the last three.
//
// Where no recipe is named, alexnet, vgg, efficientnet, vit and convnext hold for the
// networks of their families, which hardly learn with a rate of 0.1 as ResNets do; the
// command says so, and -recipe paper is there for them too. DenseNets and GoogLeNet, of
// which no rate is published, do well by the paper's. An -optimizer other than the
// recipe's comes with its own usual -lr and -weight-decay.
//
// -drop-path and -dropout are the rates of stochastic depth, growing from 0 at the stem to
// the given one at the last unit, and of dropout, where the network's own are not wanted
// (convnext_cifar's 0.1, EfficientNet's 0.2 and 0.2); 0 is none. DenseNet's paper has
// -dropout 0.2 -augment none. -size 64 enlarges the pictures: efficientnet_b0 then takes
// a fourth of the time, as below 64 it makes pictures smaller two times fewer.
//
// # Networks and what else can be set
//
// -model takes any network that cmd/summary -all lists, and resnetN or plainN with
// N = 6n+2 layers: resnet56, plain20, preact_resnet164 and so on. Beyond the paper's
// recipe there are -accumulate, -clip-norm, -label-smoothing, -mixup, -cutmix, -ema (an
// average of the weights, which is then what is measured and, from a checkpoint, what is
// loaded), -schedule plateau, cosine, onecycle and warm-ups (see training.ParseSchedule),
// -nesterov and, in place of SGD, -optimizer adamw, adam, rmsprop or lamb with settings of
// their own, as in -optimizer adamw:beta2=0.95 -lr 0.001 -weight-decay 0.05
// -decay-all=false, and -class-weights; -patience ends a run when a column of its log has
// not got better for so many epochs; -detect-anomaly and -retries are for runs that
// diverge. With -weights a run starts from a file of weights, for other classes too;
// -freeze and -layer-decay keep layers or slow them down, as in imagenet-train.
//
// # The directory of a run
//
// -out, by default runs/MODEL-DATE, gets
//
//	config.json               all settings
//	log.csv                   a row per epoch: iteration, epoch, learning rate, training and
//	                          test loss and error, top-5 error, seconds, images per second
//	latest.safetensors        the newest checkpoint, previous.safetensors the one before it,
//	                          best.safetensors that of the lowest test error
//	events.out.tfevents...    for TensorBoard: the same by step, the loss of every step, and
//	                          with -histograms the distributions of weights and gradients at
//	                          every epoch; tensorboard --logdir runs shows them
//	predictions.csv           what the network at the end makes of each test picture
//	classes.txt               the names of the classes
//	mistakes.png              the 24 most confident mistakes with what they are and were
//	                          taken for; mistakes-raw.png has the pictures alone, side by side
//	result.json               the outcome, and why the run ended
//	report.html               a page that needs no other file and no network: curves,
//	                          confusion matrix, mistakes, settings; for screens of any width,
//	                          light and dark, and for print
//	curves, loss, rate        its figures, each as .svg and .png: error in the style of the
//	                          paper's Fig. 6, loss, learning rate
//
// A checkpoint holds the parameters and running statistics as they were measured, under
// PyTorch's names and in its layout; what the optimizer keeps of each parameter as
// momentum.* or, with -optimizer adamw, as exp_avg.* and exp_avg_sq.*, as PyTorch calls
// it; with -ema the weights that are trained as raw.*; in the metadata the model, classes,
// shape and normalisation (JSON, for other programs too), the optimizer and the progress;
// and a checksum. In PyTorch it opens with
//
//	net.load_state_dict(safetensors.torch.load_file("best.safetensors"), strict=False)
//
// # Stopping and going on
//
// Ctrl-C, SIGTERM or a closed terminal finishes the step, saves and says how to go on.
// -resume -out DIR continues to the same bits as a run that was left alone, and with the
// same records: rows and events that the checkpoint does not know are taken out, and made
// again. One seed gives the same numbers whatever the number of processors, on one kind of
// vector instructions. A checkpoint is saved at every epoch and every ten minutes within
// one (-save-every). A run that has ended goes on to a new length with -resume -out DIR
// -epochs N. What a run may rely on is listed in package training.
//
// # Measuring
//
// -eval -out DIR measures the best checkpoint, -eval -weights FILE any weights: a
// checkpoint as it says itself (model, normalisation), others as the flags say:
//
//	go run ./cmd/cifar-train -eval -weights resnet20-12fca82f.th -normalize imagenet
//
// measures the CIFAR ResNet-20 of Y. Idelbayev
// (https://github.com/akamaster/pytorch_resnet_cifar10): 9,173 of 10,000 test pictures
// right, exactly as many as PyTorch finds. His ResNet-32 (-model resnet32 -weights
// resnet32-d509ac18.th) has 9,263.
package main
