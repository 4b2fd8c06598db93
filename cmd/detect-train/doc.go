// Detect-train trains networks that find objects in pictures:
//
//	go run ./cmd/detect-train -data instances_train2017.json -pictures train2017 \
//		-test instances_val2017.json -test-pictures val2017 -backbone-weights resnet50.pth
//
// has the recipe of torchvision's reference: Faster R-CNN on a feature pyramid over ResNet-50
// whose batch norms and first two groups of layers are taken as given; pictures whose shorter
// side is brought to 800 pixels, mirrored every second time; 26 passes by SGD, whose rate is
// 0.0025 for 2 pictures a step and falls to 1/10 after 16 and 22 of them. -model takes others.
// To try it with no files:
//
//	go run ./cmd/detect-train -data synthetic -recipe quick
//
// # Figures
//
// While it trains, COCO's average precision of boxes is measured on the test pictures at all
// records, and at the end, or with -eval, the twelve figures of boxes and of masks.
//
// Records, checkpoints, resuming and the report are those of imagenet-train; -h lists all
// flags. Detect draws what is found by the weights.
package main
