package resnet_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// predictor ends the test unless there is one, of pictures of 16x16, or of 8x8 where
// there are three classes.
func predictor(t *testing.T, n resnet.Network, state *graph.State, o resnet.PredictorOptions) *resnet.Predictor {
	t.Helper()
	side := 16
	if n.Info().Classes == 3 {
		side = 8
	}
	p, err := resnet.NewPredictor(n, state, side, side, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// slow is a network whose building, and so its first answer, waits.
type slow struct {
	resnet.Network
	entered, leave chan struct{}
}

func (s slow) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if x != nil && x.Shape()[0] > 1 {
		s.entered <- struct{}{}
		<-s.leave
	}
	return s.Network.Build(b, x)
}

// TestMisuse wants an error that says what is wrong of every wrong use.
func TestMisuse(t *testing.T) {
	network := lookup(t, "resnet8", resnet.Options{Input: 16})
	dense := network.(resnet.FullyConvolutional)
	x := pictures("any", 2, 16, 16)
	o := resnet.PredictorOptions{}
	var none context.Context
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		try  func() error
		want string
	}{
		{"a summary of nothing", func() error { _, err := resnet.Summarize(nil, 32); return err }, "a summary needs a network"},
		{"a summary of a negative side", func() error { _, err := resnet.Summarize(network, -1); return err }, "a side that is not negative"},
		{"a predictor of nobody's making", func() error { _, err := new(resnet.Predictor).Predict(t.Context(), x); return err }, "is closed"},
		{"a predictor that is nil", func() error { return (*resnet.Predictor)(nil).Prepare(t.Context(), 1) }, "is closed"},
		{"any size, of nobody's making", func() error {
			_, err := new(resnet.FullyConvolutionalPredictor).Predict(t.Context(), x, 16, 16)
			return err
		}, "is closed"},
		{"any size, whose product is none", func() error {
			p, err := resnet.NewFullyConvolutionalPredictor(dense, graph.NewState())
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Predict(t.Context(), x, 1<<32, 1<<32)
			return err
		}, "want pictures of height 4294967296"},
		{"no network", func() error { _, err := resnet.NewPredictor(nil, graph.NewState(), 8, 8, o); return err }, "needs a network"},
		{"no state", func() error { _, err := resnet.NewPredictor(network, nil, 8, 8, o); return err }, "needs a State"},
		{"a dense one of nothing", func() error { _, err := resnet.NewFullyConvolutionalPredictor(nil, nil); return err }, "needs a network and a State"},
		{"no picture", func() error { _, err := resnet.NewPredictor(network, graph.NewState(), -8, 8, o); return err }, "at least 1"},
		{"a negative batch", func() error {
			_, err := resnet.NewPredictor(network, graph.NewState(), 8, 8, resnet.PredictorOptions{Batch: -1})
			return err
		}, "cannot be negative"},
		{"nothing to load with", func() error { _, err := resnet.OpenPredictor(network, 8, 8, o, nil); return err }, "loads the weights"},
		{"weights that cannot be loaded", func() error {
			_, err := resnet.OpenPredictor(network, 8, 8, o, func(*graph.State) error { return errors.New("no such file") })
			return err
		}, "no such file"},
		{"weights of another network", func() error {
			_, err := resnet.OpenPredictor(network, 8, 8, o, func(s *graph.State) error { return s.SetArrays(nil, nil) })
			return err
		}, "missing 37 of 37: conv1.weight"},
		{"no context", func() error {
			_, err := predictor(t, network, graph.NewState(), o).Predict(none, x)
			return err
		}, "needs a context"},
		{"no context to prepare", func() error { return predictor(t, network, graph.NewState(), o).Prepare(none, 1) }, "needs a context"},
		{"no context, dense", func() error {
			_, err := densePredictor(t, network, graph.NewState()).Predict(none, x, 16, 16)
			return err
		}, "needs a context"},
		{"a batch too large to prepare", func() error {
			return predictor(t, network, graph.NewState(), resnet.PredictorOptions{Batch: 4}).Prepare(t.Context(), 2, 5)
		}, "a batch of 5 is not from 1 to 4"},
		{"a context that is done", func() error {
			_, err := predictor(t, network, graph.NewState(), o).Predict(done, x)
			return err
		}, context.Canceled.Error()},
		{"a context that is done, dense", func() error {
			_, err := densePredictor(t, network, graph.NewState()).Predict(done, x, 16, 16)
			return err
		}, context.Canceled.Error()},
		{"a closed predictor", func() error {
			p := predictor(t, network, graph.NewState(), o)
			p.Close()
			p.Close()
			if err := p.Prepare(t.Context(), 1); !errors.Is(err, resnet.ErrClosed) {
				t.Errorf("Prepare: %v", err)
			}
			_, err := p.Predict(t.Context(), x)
			return err
		}, resnet.ErrClosed.Error()},
		{"a closed predictor, dense", func() error {
			p := densePredictor(t, dense, graph.NewState())
			p.Close()
			p.Close()
			_, err := p.Predict(t.Context(), x, 16, 16)
			return err
		}, resnet.ErrClosed.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.try()
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line that says %q", err, test.want)
			}
		})
	}
}

// TestWaiting lets requests wait for one that takes long, and wants those that are
// cancelled, and those that wait when the predictor is closed, to return at once, and
// Close to wait for the one that is answered.
func TestWaiting(t *testing.T) {
	network := slow{lookup(t, "resnet8", resnet.Options{Input: 16}), make(chan struct{}), make(chan struct{})}
	p := predictor(t, network, graph.NewState(), resnet.PredictorOptions{Parallel: 1})
	x := pictures("any", 2, 16, 16)
	answered := make(chan error)
	go func() { _, err := p.Predict(t.Context(), x); answered <- err }()
	<-network.entered
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := p.Predict(ctx, x); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a request whose time is over: %v", err)
	}
	waiting, closed := make(chan error), make(chan struct{})
	go func() { _, err := p.Predict(t.Context(), x); waiting <- err }()
	go func() { p.Close(); close(closed) }()
	if err := <-waiting; !errors.Is(err, resnet.ErrClosed) {
		t.Errorf("a request that waits when it is closed: %v", err)
	}
	select {
	case <-closed:
		t.Error("Close does not wait for the request that is answered")
	default:
	}
	close(network.leave)
	if err := <-answered; err != nil {
		t.Errorf("the request that was being answered: %v", err)
	}
	<-closed
}

// TestDensePredictorShared asks one from several goroutines.
func TestDensePredictorShared(t *testing.T) {
	p := densePredictor(t, lookup(t, "resnet8", resnet.Options{Input: 16}), graph.NewState())
	x := pictures("any", 1, 20, 24)
	var want [2][]float32
	for i := range want {
		var err error
		if want[i], err = p.Predict(t.Context(), x, 20+4*i, 24-4*i); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			got, err := p.Predict(t.Context(), x, 20+4*(i%2), 24-4*(i%2))
			if err != nil {
				t.Error(err)
				return
			}
			same(t, got, want[i%2])
		})
	}
	wg.Wait()
}
