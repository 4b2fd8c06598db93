package detection

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"gorgonia.org/gorgonia"
)

// goldens are the arrays of testdata/detection_networks.safetensors, which
// testdata/detection_networks.py made with torchvision.
type goldens map[string]weights.Array

func readGoldens(t *testing.T) goldens {
	t.Helper()
	arrays, _, _, err := weights.ReadSafetensors("../../testdata/detection_networks.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	g := goldens{}
	for _, a := range arrays {
		g[a.Name] = a
	}
	return g
}

// state has the weights of a network.
func (g goldens) state(t *testing.T, network string, emit func(b *graph.Builder)) *graph.State {
	t.Helper()
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	emit(b)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	var arrays []weights.Array
	for name, a := range g {
		if rest, ok := strings.CutPrefix(name, network+"/weights/"); ok {
			a.Name = rest
			arrays = append(arrays, a)
		}
	}
	if err := state.SetArrays(arrays, nil); err != nil {
		t.Fatal(err)
	}
	return state
}

// nhwc turns [N C H W] round.
func nhwc(a weights.Array) []float32 {
	n, c, pixels := a.Shape[0], a.Shape[1], 1
	for _, d := range a.Shape[2:] {
		pixels *= d
	}
	out := make([]float32, len(a.Data))
	for i := range n {
		for j := range c {
			for k := range pixels {
				out[(i*pixels+k)*c+j] = a.Data[(i*c+j)*pixels+k]
			}
		}
	}
	return out
}

// near wants a relative L2 error of at most 2e-5.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	within(t, what, 2e-5, got, want)
}

// within wants a relative L2 error of at most so much.
func within(t *testing.T, what string, most float64, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	var off, size float64
	for i, w := range want {
		off += math.Pow(float64(got[i]-w), 2)
		size += math.Pow(float64(w), 2)
	}
	if e := math.Sqrt(off / max(size, 1e-20)); !(e <= most) {
		t.Errorf("%s: relative error %.3g", what, e)
	} else {
		t.Logf("%s: relative error %.3g", what, e)
	}
}

// narrow is the backbone of the goldens.
func narrow(top blocks.PyramidTop, skip int) Backbone {
	config := resnet.Config{About: resnet.Info{Name: "narrow", Classes: 1}, Stem: resnet.StemImageNet, Block: blocks.BasicBlock, Unit: blocks.Unit{Shortcut: blocks.ShortcutB}}
	for i, planes := range []int{4, 8, 16, 32} {
		config.Stages = append(config.Stages, resnet.Stage{Units: 1, Planes: planes, Stride: min(1+i, 2)})
	}
	return Backbone{Network: config, Skip: skip, Pyramid: &blocks.Pyramid{Channels: 8, Top: top}}
}

func narrowMask() FasterRCNN {
	return FasterRCNN{
		About: resnet.Info{Name: "mask", Classes: 5}, Backbone: narrow(blocks.TopPool, 0), Anchors: pyramidAnchors(),
		Proposals: Proposals{Candidates: 40, TrainingCandidates: 60, Count: 30, TrainingCount: 50, Sampler: boxes.Sampler{Count: 32, Positive: 0.5}},
		Regions:   Regions{boxes.Sampler{Count: 24, Positive: 0.25}}, Limits: Limits{Count: 20}, Hidden: 16, Mask: &Mask{8}, draws: theFirst,
	}
}

func narrowRetina() RetinaNet {
	return RetinaNet{About: resnet.Info{Name: "retina", Classes: 5}, Backbone: narrow(blocks.TopConvs, 1), Anchors: denseAnchors(), Candidates: 50, Limits: Limits{Count: 30}}
}

func narrowC4() FasterRCNN {
	f := narrowMask()
	f.About.Name, f.Mask = "c4", nil
	f.Backbone = Backbone{Network: narrow(blocks.NoTop, 0).Network, Tail: true}
	f.Pool = graph.RoIs{Kind: graph.KindRoIPool}
	f.Anchors = []boxes.Anchors{{Sizes: []float32{64, 128, 256, 512}, Ratios: ratios}}
	return f
}

const goldenHeight, goldenWidth, goldenObjects = 64, 96, 4

// put writes the pictures of the goldens.
func (g goldens) put(p Pictures) {
	copy(graph.Floats(p.Images), nhwc(g["pictures/images"]))
	copy(graph.Floats(p.Sizes), g["pictures/sizes"].Data)
}

// objects are those of the goldens, with the first place of the first picture left empty.
func (g goldens) objects(b *graph.Builder) (o Objects, put func()) {
	packed := MaskValues(goldenHeight, goldenWidth)
	o = Objects{Boxes: b.Input("boxes", 2, goldenObjects, 4), Labels: b.Input("labels", 2, goldenObjects), Masks: b.Input("masks", 2, goldenObjects, packed)}
	return o, func() {
		boxes, labels := g["pictures/boxes"].Data, g["pictures/labels"].Data
		for i := range 2 {
			for j := range 3 {
				at := i*goldenObjects + j + 1 - i
				box := boxes[4*(3*i+j):][:4]
				if box[0] != box[0] {
					continue // fewer in this picture
				}
				copy(graph.Floats(o.Boxes)[4*at:], box)
				graph.Floats(o.Labels)[at] = labels[3*i+j]
				PackMask(graph.Floats(o.Masks)[at*packed:][:packed], ellipse(box), goldenWidth, goldenWidth)
			}
		}
	}
}

// ellipse is the mask in a box that the goldens have.
func ellipse(box []float32) []uint8 {
	mask := make([]uint8, goldenHeight*goldenWidth)
	for i := range mask {
		across := func(v int, from, to float32) float64 {
			return math.Pow((float64(v)-float64(from+to)/2)/float64(to-from)*2, 2)
		}
		if across(i%goldenWidth, box[0], box[2])+across(i/goldenWidth, box[1], box[3]) <= 1 {
			mask[i] = 1
		}
	}
	return mask
}

// nodes finds what layers compute.
func nodes(b *graph.Builder) map[string]*gorgonia.Node {
	of := map[string]*gorgonia.Node{}
	for _, o := range b.Operations() {
		of[o.Layer] = o.Node
	}
	return of
}

// compile makes the machine, or ends the test.
func compile(t *testing.T, b *graph.Builder, keep ...*gorgonia.Node) *graph.Machine {
	t.Helper()
	m, err := b.Compile(keep...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// listed is what is not NaN of rows of so many values, which fill up what is missing.
func listed(a weights.Array) (out []float32) {
	for _, v := range a.Data {
		if v == v {
			out = append(out, v)
		}
	}
	return out
}

// columns are those from one place to another of the rows that are there.
func columns(rows []float32, values, from, to int) (out []float32) {
	for i := 0; i < len(rows); i += values {
		if rows[i] >= 0 {
			out = append(out, rows[i+from:i+to]...)
		}
	}
	return out
}

func TestMaskRCNNFinds(t *testing.T) {
	g, network := readGoldens(t), narrowMask()
	state := g.state(t, "mask", func(b *graph.Builder) { network.Detect(b, pictures(b, 2, goldenHeight, goldenWidth)) })
	for name, o := range map[string]graph.Options{"plain": {Memory: graph.SeparateMemory}, "packed": {Packed: &graph.PackedWeights{}, Memory: graph.PoisonedMemory}} {
		t.Run(name, func(t *testing.T) {
			b := graph.NewBuilder(state, o)
			p := pictures(b, 2, goldenHeight, goldenWidth)
			found := network.Detect(b, p)
			of := nodes(b)
			m := compile(t, b, found.Rows, found.Masks, of["rpn.proposals"])
			g.put(p)
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			want := func(name string) weights.Array { return g["mask/inference/"+name] }
			near(t, "proposals", columns(graph.Floats(of["rpn.proposals"]), proposalValues, 1, 5), listed(want("proposals")))
			rows := graph.Floats(found.Rows)
			near(t, "found boxes", columns(rows, FoundValues, 1, 5), listed(want("found boxes")))
			near(t, "found labels", columns(rows, FoundValues, 5, 6), listed(want("found labels")))
			near(t, "found scores", columns(rows, FoundValues, 6, 7), listed(want("found scores")))
			var masks []float32 // the first four of each picture
			for i := range 2 {
				masks = append(masks, graph.Floats(found.Masks)[i*20*maskSide*maskSide:][:4*maskSide*maskSide]...)
			}
			near(t, "found masks", masks, want("found masks").Data)
			if o.Packed != nil {
				return
			}
			for i := range 5 {
				if level := fmt.Sprintf("backbone.fpn.layer_blocks.%d.0", i); i < 4 {
					near(t, level, graph.Floats(of[level]), nhwc(want(fmt.Sprintf("level%d", i))))
				}
			}
			near(t, "pooled", graph.Floats(of["roi_heads.box_roi_pool"])[:10*49*8], nhwc(want("pooled")))
			near(t, "scores", graph.Floats(of["roi_heads.box_predictor.cls_score"]), want("scores").Data)
			near(t, "moves", graph.Floats(of["roi_heads.box_predictor.bbox_pred"]), want("moves").Data)
		})
	}
}

// losses compares losses and the gradients of all parameters in a step of training.
func (g goldens) losses(t *testing.T, name string, network Network) {
	emit := func(b *graph.Builder) (Pictures, []Loss, Found, func()) {
		p := pictures(b, 2, goldenHeight, goldenWidth)
		o, put := g.objects(b)
		losses, found := network.Losses(b, p, o)
		return p, losses, found, put
	}
	state := g.state(t, name, func(b *graph.Builder) { emit(b) })
	frozen, err := network.Frozen(5)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(state, graph.Options{Training: true, Freeze: frozen, Memory: graph.PoisonedMemory})
	p, losses, _, put := emit(b)
	gradients := b.Gradients(total(b, losses))
	m := compile(t, b, values(losses)...)
	g.put(p)
	put()
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	for i, n := range b.Params() {
		tensor := state.Get(n.Name())
		near(t, "gradient of "+n.Name(), tensor.ToTorch(graph.Floats(gradients[i])), g[name+"/training/d."+n.Name()].Data)
	}
	for _, l := range losses {
		near(t, l.Name, []float32{graph.Scalar(l.Value)}, g[name+"/training/"+l.Name].Data)
	}
}

// values are the nodes of losses.
func values(losses []Loss) (of []*gorgonia.Node) {
	for _, l := range losses {
		of = append(of, l.Value)
	}
	return of
}

func TestMaskRCNNLosses(t *testing.T) { readGoldens(t).losses(t, "mask", narrowMask()) }

func TestRetinaNet(t *testing.T) {
	g := readGoldens(t)
	of := g.finds(t, "retina", narrowRetina(), "head.classification_head", "head.regression_head")
	near(t, "logits", of["head.classification_head"], g["retina/inference/logits"].Data)
	near(t, "codes", of["head.regression_head"], g["retina/inference/codes"].Data)
	g.losses(t, "retina", narrowRetina())
}

func TestC4(t *testing.T) {
	g := readGoldens(t)
	g.finds(t, "c4", narrowC4())
	g.losses(t, "c4", narrowC4())
}

// finds compares what a network finds, and returns what layers compute.
func (g goldens) finds(t *testing.T, name string, network Network, layers ...string) map[string][]float32 {
	t.Helper()
	state := g.state(t, name, func(b *graph.Builder) { network.Detect(b, pictures(b, 2, goldenHeight, goldenWidth)) })
	b := graph.NewBuilder(state, graph.Options{Packed: &graph.PackedWeights{}})
	p := pictures(b, 2, goldenHeight, goldenWidth)
	found := network.Detect(b, p)
	of, keep := nodes(b), []*gorgonia.Node{found.Rows}
	for _, layer := range layers {
		keep = append(keep, of[layer])
	}
	m := compile(t, b, keep...)
	g.put(p)
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	rows := graph.Floats(found.Rows)
	for i, what := range []string{"boxes", "labels", "scores"} {
		from := []int{1, 5, 6, 7}
		near(t, "found "+what, columns(rows, FoundValues, from[i], from[i+1]), listed(g[name+"/inference/found "+what]))
	}
	values := map[string][]float32{}
	for _, layer := range layers {
		values[layer] = graph.Floats(of[layer])
	}
	return values
}
