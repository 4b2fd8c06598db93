package recipe

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/resnet"
)

// TestFor wants every network of a family by its recipe where that of ResNets is not for
// it, and every beginning of a name to be that of a network.
func TestFor(t *testing.T) {
	for model, want := range map[string]string{
		"resnet20": Paper, "plain56": Paper, "resnet50": Paper, "wide_resnet50_2": Paper, "se_resnet50": Paper, "preact_resnet110": Paper,
		"googlenet": Paper, "densenet_bc100_12": Paper, "densenet121": Paper, "none": Paper,
		"alexnet": "alexnet", "zfnet": "alexnet", "vgg16": "vgg", "vgg19_bn": "vgg", "efficientnet_b0": "efficientnet", "efficientnet_v2_s": "efficientnet",
		"vit_b_16": "vit", "vit_tiny_cifar": "vit", "convnext_tiny": "convnext", "convnext_cifar": "convnext",
	} {
		if got := For(model); got != want {
			t.Errorf("%s: recipe %s, want %s", model, got, want)
		}
	}
	names := strings.Join(resnet.Names(), " ")
	for _, r := range table {
		for _, m := range r.models {
			if !strings.Contains(" "+names, " "+m) {
				t.Errorf("%s: no network's name begins with %q", r.name, m)
			}
		}
		if len(r.models) > 0 && (r.cifar == nil || r.imagenet == nil) {
			t.Errorf("%s: a family has a recipe in both commands", r.name)
		}
	}
}
