// Degradation-experiment makes the paper's central finding again: plain networks get worse
// as they get deeper, in training error too, and residual ones do not. The paper is He et
// al. 2015 (arXiv:1512.03385), figures 1 and 6.
//
//	go run ./cmd/degradation-experiment
//
// trains plain20, plain56, resnet20 and resnet56 with one recipe, on the same batches, once
// for each seed, and measures why on the way: the gradient of every layer, the deviation of
// every layer's response (the paper's figure 7), the share of the gradient that comes
// through the shortcuts, the test error with single units dropped (Veit et al. 2016), and
// the construction argument carried out: a deeper network made from the trained shallow one
// by appending identity units answers with the same bits. It ends with a verdict in
// numbers, verdict.json, which says so where the run was too short to tell, and
// report.html, which explains what was seen.
//
// # What it found
//
// On all of CIFAR-10, 50,000 training pictures, seeds 1 and 2, with the command above and
// its defaults (800 steps of 128, a learning rate of 0.02 that falls to 1/10 at 1/2 and 3/4
// of them; two cores with AVX-512, 45 minutes beside other work):
//
//	error in %           20 layers      56 layers      deep − shallow
//	plain, training      46.77 ± 0.39   74.92 ± 6.75   +28.15 ± 7.14
//	plain, test          47.90 ± 0.28   76.33 ± 8.45   +28.43 ± 8.17
//	residual, training   40.02 ± 1.03   39.77 ± 2.37    −0.25 ± 3.39
//	residual, test       40.62 ± 0.46   40.70 ± 2.33    +0.07 ± 2.79
//
// Means and standard deviations over the two seeds, training errors in evaluation mode on
// 2,000 pictures, test errors on 2,000 (testdata/degradation/verdict.json and
// errors-training.svg in the repository): the deeper plain network is worse, in training
// too; with shortcuts the deeper network is the same within chance. After 800 of the
// paper's 64,000 steps that tells how hard the networks are to train, not where they would
// end. With the paper's rate of 0.1 from the start (-lr 0.1 -iterations 1200) both deep
// networks start slowly: training errors of 34.67 and 68.60 % for the plain ones (two
// seeds), 29.90 and 52.60 % for the residual ones (one seed), so that only a part of the
// cure is seen.
//
// # Other experiments on the shortcut
//
// -experiment NAME is one of these, each with networks and a recipe of its own, the
// measurements along the training, a verdict and a page:
//
//	shortcuts      A, B, C and none at equal depth (He et al. 2015, table 3)
//	preactivation  resnet110 against preact_resnet110 (He et al. 2016); with -depths
//	               110,1001 the networks of 1001 layers too
//	cardinality    one wide 3x3 convolution against more groups of narrow ones, at equal
//	               parameters and multiply-adds (Xie et al. 2016, table 3)
//	paths          the share of the gradient by the length of its path through a trained
//	               network, 16 paths of each length followed back through branches or
//	               shortcuts alone, and the test error without each unit, residual and
//	               plain (Veit et al. 2016)
//	transformer    vit_tiny_cifar of 4, 12 and 24 blocks with shortcuts and the norm before
//	               (pre-LN), after (post-LN), after and with warm-up, and without shortcuts
//
// They take an hour: a few steps of each network are timed, and as many are made as the hour
// has time for, said beforehand. -budget 10m is another time, for the first experiment too,
// and -iterations so many steps instead. A verdict compares networks pair by pair, seed by
// seed. A gap counts where it is more than two standard errors from zero, which come from
// the spread over the seeds and from the number of pictures measured on; everything else,
// and whatever has one seed, is "not decided". In comparisons a network that diverges is
// left out and named.
//
// # What others found, in ten minutes
//
// Ten minutes are little: what they say of so short a training is here, and more steps may
// say otherwise. CIFAR-10, two cores with AVX-512 beside other work; errors in percent, means
// and standard deviations over the seeds, gaps with their standard errors.
//
//	go run ./cmd/degradation-experiment -experiment shortcuts -budget 10m
//
//	240 steps of 128, seeds 1 to 3   training       test
//	resnet20, A                      51.73 ± 1.76   52.72 ± 0.78
//	resnet20, B                      52.70 ± 2.26   53.02 ± 0.78
//	resnet20, C                      56.65 ± 1.80   56.08 ± 1.05
//	resnet20, none                   61.18 ± 1.07   61.70 ± 1.53
//
// Without shortcuts the network trains worse than with A, by 9.45 ± 2.26 points, than with
// B, by 8.48 ± 1.78, and than with C, by 4.53 ± 1.91. Between A and B nothing is decided.
// C, whose shortcuts are projections throughout, trains worse than both, by 4.92 ± 2.17 and
// 3.95 ± 1.84, where the paper finds it slightly better in the end.
//
//	go run ./cmd/degradation-experiment -experiment transformer -budget 10m -limit-test 250 -every 1000
//
//	training, 38 steps of 32, seeds 1, 2   4 blocks       12 blocks      24 blocks
//	pre-LN                                 79.30 ± 0.71   81.40 ± 0.57   82.00 ± 0.57
//	post-LN                                80.80 ± 0.57   85.90 ± 6.65   88.00 ± 4.81
//	post-LN, warm-up                       78.50 ± 0.71   89.00 ± 3.39   89.90 ± 0.14
//	none                                   83.20 ± 1.70   91.00 ± 0.57   89.20 ± 3.11
//
// Without shortcuts the Transformer trains worse than pre-LN with 12 blocks, by 9.60 ± 2.30
// points, and with 24, by 7.20 ± 3.41; with 4 it is not decided, +3.90 ± 2.99. Post-LN
// against pre-LN is not decided at any depth. With warm-up, a fifth of so few steps, it
// trains worse than pre-LN with 12 and 24 blocks, by 7.60 ± 3.58 and 7.90 ± 2.24. Measured on
// 500 training pictures.
//
// # Settings
//
// How long it will take is measured and told before it starts. -depths 20,110, -kinds
// plain, -seeds 1,2,3, -iterations, -limit-train and -data synthetic make it another
// experiment, -recipe paper the full one, which takes days; -parallel trains several
// networks at a time. Every network is a directory with the files of a run (see
// cifar-train) and a CSV file of each measurement. Ctrl-C, or a crash, loses nothing that
// matters: -resume -out DIR continues to the same numbers. -page -out DIR makes the page of
// what there is so far. -h lists all flags.
package main
