package graph

import (
	"errors"
	"math"
	"testing"

	"github.com/gorgonet/gorgonet/graph/internal/memory"
	"gorgonia.org/gorgonia"
)

// large builds a training graph of the classifier.
func large(size int) (b *Builder, x, logits *gorgonia.Node) {
	b = NewBuilder(NewState(), Options{Training: true})
	x, logits = classifier(b, size)
	loss, _ := b.CrossEntropy("loss", logits, b.Labels("labels", size))
	b.Gradients(loss)
	return b, x, logits
}

// TestFootprint adds up by hand what a graph takes whose every output has memory of
// its own.
func TestFootprint(t *testing.T) {
	b := NewBuilder(NewState(), Options{Training: true, Memory: SeparateMemory})
	x := b.Input("x", 2, 8, 8, 3)
	y := b.Conv("conv", x, Conv{Out: 16, Kernel: 1})                                     // 2*8*8*16 values
	y = b.MaxPool("max", b.Norm("bn", y, Norm{}), 2, 2, 0)                               // 2*8*8*16, 2*4*4*16 and as many places
	loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", y), b.Labels("labels", 2)) // 2*16, 1, 1
	b.Gradients(loss)
	// The gradients of loss, pool, max pool and batch norm are like their inputs.
	activations := 2*8*8*3 + 2 + 2*8*8*16*2 + 2*4*4*16*2 + 2*16*2 + 2 + 2*4*4*16 + 2*8*8*16*2
	parameters := 3*16 + 16 + 16
	f, err := b.Footprint()
	if err != nil {
		t.Fatal(err)
	}
	f.Workspace = 0 // depends on the machine
	want := Footprint{Batch: 2, State: 4 * int64(parameters+16+16), Gradients: 4 * int64(parameters), Velocities: 4 * int64(parameters), Activations: 4 * int64(activations)}
	if f != want {
		t.Errorf("footprint %+v, want %+v", f, want)
	}
	if f.Total() != want.State+2*want.Gradients+want.Activations {
		t.Errorf("total %d of %+v", f.Total(), f)
	}
}

// TestFootprintOfInference wants folded weights to count, no gradients, and the
// graph to be as before: compiled with other nodes to keep it answers the same.
func TestFootprintOfInference(t *testing.T) {
	answer := func(estimate bool) []float32 {
		b := NewBuilder(NewState(), Options{Seed: 3})
		x, logits := classifier(b, 2)
		conv := logits
		for _, o := range b.Operations() {
			if o.Layer == "conv2" {
				conv = o.Node
			}
		}
		if estimate {
			f, err := b.Footprint(logits)
			if err != nil {
				t.Fatal(err)
			}
			if f.Packed < 4*(3*3*3*8+3*3*8*12) || f.Gradients != 0 || f.Velocities != 0 {
				t.Errorf("footprint %+v, want folded weights and no gradients", f)
			}
		}
		m := compile(t, b, conv)
		fill(Floats(x), 4)
		run(t, m)
		return append(append([]float32(nil), Floats(conv)...), Floats(logits)...)
	}
	sameBits(t, "convolution and logits", answer(true), answer(false))
}

// TestAffine wants the estimate to grow with the batch by the same for every
// example, which is what the advice of a refusal relies on.
func TestAffine(t *testing.T) {
	at := func(size int) Footprint {
		b, _, logits := large(size)
		f, err := b.Footprint(logits)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	small, big := at(64), at(640)
	if ratio := float64(big.Activations) / float64(small.Activations); math.Abs(ratio-10) > 0.01 {
		t.Errorf("ten times the batch takes %v times the activations", ratio)
	}
	if small.Gradients != big.Gradients || small.State != big.State {
		t.Errorf("%+v and %+v: parameters depend on the batch", small, big)
	}
}

// TestNormWorkspace wants the sums that the gradients of norms' parameters are added up in:
// float64, of group norm for each picture, of layer norm for a fixed number of parts.
func TestNormWorkspace(t *testing.T) {
	const c = 256
	at := func(size int, n Norm) int64 {
		b := NewBuilder(NewState(), Options{Training: true})
		y := b.Norm("norm", b.Input("x", size, 2, 2, c), n)
		loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", y), b.Labels("labels", size))
		b.Gradients(loss)
		f, err := b.Footprint()
		if err != nil {
			t.Fatal(err)
		}
		return f.Workspace
	}
	group := Norm{Kind: GroupNorm, Groups: 32}
	if more := at(101, group) - at(1, group); more != 100*2*c*8 {
		t.Errorf("a hundred pictures more take %d bytes more, want %d", more, 100*2*c*8)
	}
	layer := Norm{Kind: LayerNorm}
	if small, big := at(1, layer), at(101, layer); small != big || small < 2*c*8 {
		t.Errorf("layer norm works in %d and %d bytes", small, big)
	}
}

// TestRefusal gives graphs little memory, and wants the batch that is advised to
// fit, the next larger one not to, and the advice to be the same whatever was asked for.
func TestRefusal(t *testing.T) {
	refusal := func(size int) *MemoryError {
		t.Helper()
		b, _, _ := large(size)
		m, err := b.Compile()
		var refused *MemoryError
		switch {
		case err == nil:
			m.Close()
		case !errors.As(err, &refused):
			t.Fatal(err)
		}
		return refused
	}
	t.Setenv(memory.Variable, "64MiB")
	e := refusal(10_000_000)
	if e == nil || e.Batch != 10_000_000 || e.Available != 64<<20 || e.Fits < 100 {
		t.Fatalf("a batch of ten million in 64 MiB: %+v", e)
	}
	wantError(t, "Compile", e, "graph: a batch of 10000000 takes about ", "GiB of memory", "64 MiB are available", "fits", "GORGONET_MEMORY=off")
	if again := refusal(e.Fits); again != nil {
		t.Errorf("the batch of %d that was advised: %v", e.Fits, again)
	}
	for _, size := range []int{e.Fits + 1, 2 * e.Fits, 100 * e.Fits} {
		if again := refusal(size); again == nil || again.Fits != e.Fits {
			t.Errorf("a batch of %d: %v, want the advice of %d", size, again, e.Fits)
		}
	}

	t.Setenv(memory.Variable, "1KiB")
	if e := refusal(4); e == nil || e.Fits != 0 {
		t.Errorf("a batch of 4 in 1 KiB: %v", e)
	} else {
		wantError(t, "Compile", e, "not even a batch of 1")
	}
	t.Setenv(memory.Variable, "off")
	if e := refusal(4); e != nil {
		t.Errorf("without a limit: %v", e)
	}
	t.Setenv(memory.Variable, "lots")
	b, _, _ := large(4)
	_, err := b.Compile()
	wantError(t, "Compile", err, "graph: GORGONET_MEMORY", `"lots"`)
}

// TestLargeInput wants an input that is too large to be refused before it has
// memory, and one that is merely large to get it from Compile.
func TestLargeInput(t *testing.T) {
	b := NewBuilder(NewState(), Options{})
	b.Input("x", math.MaxInt/2, 32, 32, 3)
	wantError(t, "Input", b.Err(), "input x", "too large")

	b = NewBuilder(NewState(), Options{})
	x := b.Input("x", 1<<28+1)
	if Floats(x) != nil {
		t.Error("a large input has memory before Compile")
	}
	y := b.Activate("y", x, ReLU)
	t.Setenv(memory.Variable, "1GiB")
	_, err := b.Compile()
	wantError(t, "Compile", err, "takes about 2", "1 GiB are available")
	if Floats(x) != nil || Floats(y) != nil {
		t.Error("what was refused has memory")
	}
	t.Setenv(memory.Variable, "off")
	compile(t, b) // takes addresses, not memory, until it runs
	if len(Floats(x)) != 1<<28+1 {
		t.Errorf("the input has %d values after Compile", len(Floats(x)))
	}
}

// TestLargeParameter wants a parameter that there is no memory for to be refused before
// it has any.
func TestLargeParameter(t *testing.T) {
	t.Setenv(memory.Variable, "1GiB")
	b := NewBuilder(NewState(), Options{})
	b.Linear("fc", b.Input("x", 1, 1<<14), 1<<16)
	wantError(t, "Err", b.Err(), "parameter fc.weight takes 4 GiB and 1 GiB are available")
	if b.State().Get("fc.weight") != nil {
		t.Error("what was refused is in the state")
	}
}

// TestBeside wants what callers say and what is not of the vocabulary to count, by the
// batch, the parameters and the state.
func TestBeside(t *testing.T) {
	at := func(size int, beside Beside, own bool) Footprint {
		b := NewBuilder(NewState(), Options{Training: true, Beside: beside})
		_, logits := classifier(b, size)
		if own {
			logits = gorgonia.Must(gorgonia.Mul(logits, b.Input("own", 5, 7)))
		}
		loss, _ := b.CrossEntropy("loss", logits, b.Labels("labels", size))
		b.Gradients(loss)
		f, err := b.Footprint()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, size := range []int{3, 30} {
		plain := at(size, Beside{}, false)
		f := at(size, Beside{Example: 1000, Gradients: 2, States: 1, Fixed: 7}, false)
		want := plain
		want.Beside = int64(1000*size) + 2*plain.Gradients + plain.State + 7
		if f != want || f.Total() != plain.Total()+want.Beside {
			t.Errorf("batch %d: %+v with what is beside, want %+v", size, f, want)
		}
		// 5x7 weights, the product, its gradient's transposed factor and result.
		if more := at(size, Beside{}, true).Activations - plain.Activations; more < 4*int64(5*7+7*size) {
			t.Errorf("batch %d: a product of Gorgonia's own counts for %d bytes", size, more)
		}
	}
	t.Setenv(memory.Variable, "64MiB")
	b := NewBuilder(NewState(), Options{Beside: Beside{Example: 1 << 20}})
	classifier(b, 100)
	_, err := b.Compile()
	var refused *MemoryError
	if !errors.As(err, &refused) || refused.Fits < 40 || refused.Fits > 62 {
		t.Errorf("a batch of 100 that takes a MiB for each example besides, in 64 MiB: %v", err)
	}
}
