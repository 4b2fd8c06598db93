package resnet_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestPredictorsAreFreed makes many predictors, asks them and drops them, closed or not,
// and wants nothing to be left of them.
func TestPredictorsAreFreed(t *testing.T) {
	predictors := 40
	if os.Getenv("GORGONET_LONG") != "" {
		predictors = 200
	}
	network := lookup(t, "resnet8", resnet.Options{})
	x := pictures("any", 3, 16, 16)
	use := func(i int) {
		state := graph.NewState()
		p := predictor(t, network, state, resnet.PredictorOptions{})
		d := densePredictor(t, lookup(t, "resnet8", resnet.Options{Input: 16}), state)
		if _, err := p.Predict(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Predict(t.Context(), x, 16, 16); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			p.Close()
			d.Close()
		}
	}
	for i := range 10 { // fills what packages keep for use again
		use(i)
	}
	before := inHeap()
	use(1)
	for i := range predictors {
		use(i)
	}
	after := inHeap()
	t.Logf("%d predictors: %d KiB in the heap before, %d after", predictors, before>>10, after>>10)
	if after-before > 2<<20 {
		t.Errorf("%d KiB more in the heap after %d predictors", (after-before)>>10, predictors)
	}
}

// TestMixedRequests asks one predictor from many goroutines, with batches of all sizes,
// and wants the memory of the process to stay where it is after a tenth of them. With
// GORGONET_LONG there are 100,000 requests.
func TestMixedRequests(t *testing.T) {
	requests := 1500
	if os.Getenv("GORGONET_LONG") != "" {
		requests = 100_000
	}
	network := lookup(t, "resnet8", resnet.Options{Classes: 3})
	p := predictor(t, network, graph.NewState(), resnet.PredictorOptions{Batch: 32, Parallel: 2})
	x := pictures("any", 40, 8, 8)
	var done atomic.Int64
	ask := func(n int) {
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(g), uint64(n)))
				for range n / 16 {
					ctx, cancel := context.WithCancel(t.Context())
					if rng.IntN(20) == 0 {
						cancel()
					}
					pictures := 1 + rng.IntN(40)
					logits, err := p.Predict(ctx, x[:pictures*8*8*3])
					switch {
					case ctx.Err() != nil && err != nil:
					case err != nil || len(logits) != 3*pictures:
						t.Errorf("%d pictures: %d logits, %v", pictures, len(logits), err)
					}
					done.Add(1)
					cancel()
				}
			})
		}
		wg.Wait()
	}
	ask(requests / 10)
	debug.FreeOSMemory()
	heap, held := inHeap(), resident()
	ask(requests * 9 / 10)
	debug.FreeOSMemory()
	heapAfter, heldAfter := inHeap(), resident()
	t.Logf("%d requests: heap %d KiB after a tenth, %d after all; resident %d and %d KiB", done.Load(), heap>>10, heapAfter>>10, held>>10, heldAfter>>10)
	if heapAfter > heap+1<<20 {
		t.Errorf("%d KiB more in the heap", (heapAfter-heap)>>10)
	}
	if heldAfter > held+16<<20 {
		t.Errorf("%d KiB more resident", (heldAfter-held)>>10)
	}
}

// resident is how much of the process lies in memory, 0 where the system does not say.
func resident() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := bytes.Cut(status, []byte("VmRSS:")); ok {
		if fields := bytes.Fields(rest); len(fields) > 0 {
			kib, _ := strconv.ParseInt(string(fields[0]), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// TestWeightsOnce wants who only predicts to hold the weights about once, and the same
// answers as a predictor over a state.
func TestWeightsOnce(t *testing.T) {
	network := lookup(t, "resnet20", resnet.Options{})
	if testing.Short() {
		network = lookup(t, "resnet14", resnet.Options{})
	}
	wide := resnet.VGG{About: resnet.Info{Name: "small vgg", Classes: 10, Input: 32}, Convs: []int{1, 1, 1}, Planes: []int{16, 32, 64}, Hidden: 1500}
	for _, n := range []resnet.Network{network, wide} {
		state := graph.NewState()
		p := predictor(t, n, state, resnet.PredictorOptions{})
		x := pictures("any", 5, 16, 16)
		want, err := p.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		arrays := state.Arrays()
		weights := int64(4 * state.Parameters())
		before := inHeap()
		open, err := resnet.OpenPredictor(n, 16, 16, resnet.PredictorOptions{}, func(s *graph.State) error { return s.SetArrays(arrays, nil) })
		if err != nil {
			t.Fatal(err)
		}
		took := inHeap() - before
		got, err := open.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
		t.Logf("%s: weights of %d KiB take %d", n.Info().Name, weights>>10, took>>10)
		if n.Info().Name == wide.About.Name && float64(took) > 1.25*float64(weights) {
			t.Errorf("%s: weights of %d bytes take %d", n.Info().Name, weights, took)
		}
		runtime.KeepAlive([]any{open, p, state, arrays})
	}
}

// TestChangedWeights loads others under warm predictors, whose graphs are of several
// sizes, and wants the answers of a new one at once.
func TestChangedWeights(t *testing.T) {
	network := lookup(t, "resnet8", resnet.Options{Input: 16})
	state := graph.NewState()
	p, d := predictor(t, network, state, resnet.PredictorOptions{}), densePredictor(t, network, state)
	x := pictures("any", 3, 16, 16)
	for round := range 3 {
		fresh := predictor(t, network, state, resnet.PredictorOptions{})
		want, err := fresh.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{3, 1, 2} {
			got, err := p.Predict(t.Context(), x[:n*16*16*3])
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, want[:n*10])
		}
		got, err := d.Predict(t.Context(), x, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
		arrays := state.Arrays()
		for i := range arrays {
			for j, v := range splitmix.Symmetric(fmt.Sprint(round, arrays[i].Name), len(arrays[i].Data)) {
				arrays[i].Data[j] = float32(0.1 * max(v, -v))
				if strings.HasSuffix(arrays[i].Name, "running_var") {
					arrays[i].Data[j]++
				}
			}
		}
		if err := state.SetArrays(arrays, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLittleMemory wants a batch that there is no memory for to be answered in parts.
func TestLittleMemory(t *testing.T) {
	network := lookup(t, "resnet8", resnet.Options{Input: 16})
	x := pictures("any", 64, 16, 16)
	ask := func() (logits [2][]float32, err error) {
		state := graph.NewState()
		p, d := predictor(t, network, state, resnet.PredictorOptions{}), densePredictor(t, network, state)
		if logits[0], err = p.Predict(t.Context(), x); err != nil {
			return logits, err
		}
		logits[1], err = d.Predict(t.Context(), x, 16, 16)
		return logits, err
	}
	want, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Packed: &graph.PackedWeights{}})
	network.Build(b, b.Input("x", 64, 16, 16, 3))
	f, err := b.Footprint()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GORGONET_MEMORY", fmt.Sprint(f.Total()-f.Activations/2))
	if _, err := b.Compile(); err == nil {
		t.Fatal("a batch of 64 has room enough")
	}
	got, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		same(t, got[i], want[i])
	}
}
