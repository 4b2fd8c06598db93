package detection

import (
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// pictures are inputs of a graph.
func pictures(b *graph.Builder, n, height, width int) Pictures {
	return Pictures{Images: b.Input("images", n, height, width, 3), Sizes: b.Input("sizes", n, 2)}
}

// TestParameters wants as many trained values, with frozen batch norms, as torchvision's
// networks have parameters.
func TestParameters(t *testing.T) {
	for name, want := range map[string]int{
		"fasterrcnn_resnet50_fpn": 41755286,
		"maskrcnn_resnet50_fpn":   44401393,
		"retinanet_resnet50_fpn":  34014999,
	} {
		network, err := Lookup(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		frozen, err := network.Frozen(5)
		if err != nil {
			t.Fatal(err)
		}
		b := graph.NewBuilder(graph.NewState(), graph.Options{Freeze: frozen})
		network.Detect(b, pictures(b, 1, 64, 96))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		got := 0
		for _, p := range b.Params() {
			got += p.Shape().TotalSize()
		}
		if got != want {
			t.Errorf("%s: %d parameters, want %d", name, got, want)
		}
	}
}

// TestNames builds every named network on a small picture.
func TestNames(t *testing.T) {
	for _, name := range Names() {
		network, err := Lookup(name, Options{Classes: 7})
		if err != nil {
			t.Fatal(err)
		}
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		found := network.Detect(b, pictures(b, 1, 64, 96))
		if b.Err() != nil || found.Rows.Shape()[1] != FoundValues || (found.Masks != nil) != strings.HasPrefix(name, "mask") {
			t.Errorf("%s: %+v, %v", name, found, b.Err())
		}
		if i := network.Info(); i.Name != name || i.Classes != 7 || i.Layers == 0 {
			t.Errorf("%s: %+v", name, i)
		}
	}
}

func TestFrozen(t *testing.T) {
	network, err := Lookup("fasterrcnn_resnet18_fpn", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for trained, want := range map[int]string{
		5: "backbone.body.bn1 backbone.body.layer1.0.bn1 backbone.body.layer1.0.bn2",
		3: "backbone.body.conv1 backbone.body.bn1 backbone.body.layer1 backbone.body.layer2.0.bn1",
		0: "backbone.body.conv1 backbone.body.bn1 backbone.body.layer1 backbone.body.layer2 backbone.body.layer3 backbone.body.layer4",
	} {
		frozen, err := network.Frozen(trained)
		if err != nil || !strings.HasPrefix(strings.Join(frozen, " "), want) {
			t.Errorf("%d trained: %v, %v", trained, frozen, err)
		}
	}
}

func TestLookupMisuse(t *testing.T) {
	for _, name := range []string{"", "fasterrcnn", "fasterrcnn_resnet50", "fasterrcnn_vit_b_16_fpn", "ssd_resnet50_fpn", "fasterrcnn_resnet20_fpn"} {
		if _, err := Lookup(name, Options{}); err == nil || !strings.Contains(err.Error(), "fasterrcnn_resnet50_fpn") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := Lookup("fasterrcnn_resnet50_fpn", Options{Classes: 1}); err == nil {
		t.Error("a network without classes")
	}
	if !slices.Contains(Names(), "maskrcnn_resnext50_32x4d_fpn") {
		t.Error("a name is missing")
	}
	network, err := Lookup("maskrcnn_resnet18_fpn", Options{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	for words, change := range map[string]func(p *Pictures, o *Objects, b *graph.Builder){
		"sizes [N 2]":     func(p *Pictures, _ *Objects, b *graph.Builder) { p.Sizes = b.Input("other", 3, 2) },
		"boxes [2 M 4]":   func(_ *Pictures, o *Objects, b *graph.Builder) { o.Boxes = b.Input("other", 2, 5, 3) },
		"masks [2 5 171]": func(_ *Pictures, o *Objects, _ *graph.Builder) { o.Masks = nil },
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
		p := pictures(b, 2, 64, 64)
		o := Objects{Boxes: b.Input("boxes", 2, 5, 4), Labels: b.Input("labels", 2, 5), Masks: b.Input("masks", 2, 5, MaskValues(64, 64))}
		change(&p, &o, b)
		network.Losses(b, p, o)
		if b.Err() == nil || !strings.Contains(b.Err().Error(), words) {
			t.Errorf("%v, want %q", b.Err(), words)
		}
	}
}

// total adds losses up.
func total(b *graph.Builder, losses []Loss) (sum *gorgonia.Node) {
	for _, l := range losses {
		if sum == nil {
			sum = l.Value
		} else {
			sum = b.Add("total."+l.Name, sum, l.Value, graph.Identity)
		}
	}
	return sum
}
