package training_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorgonet/gorgonet/training"
)

// numbers is a data set whose example i has label i and the pixels i and, as
// augmentation, a random number; 0 without. do, if there is one, comes first.
type numbers struct {
	n  int
	do func(i int) error
}

func (d numbers) Len() int { return d.n }

func (d numbers) Shape() []int { return []int{1, 2, 1} }

func (d numbers) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	if d.do != nil {
		if err := d.do(i); err != nil {
			return 0, err
		}
	}
	dst[0], dst[1] = float32(i), 0
	if rng != nil {
		dst[1] = rng.Float32()
	}
	return int32(i), nil
}

// ExampleNewPass reads a data set of five examples in batches of two.
func ExampleNewPass() {
	pass, err := training.NewPass(numbers{n: 5}, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pass.Close()
	for {
		batch, err := pass.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.N, batch.Labels, batch.Images)
	}
	// Output:
	// 2 [0 1] [0 0 1 0]
	// 2 [2 3] [2 0 3 0]
	// 1 [4 -1] [4 0 0 0]
}

func newStream(t *testing.T, d training.Dataset, batch int, seed uint64, start, workers int) *training.Loader {
	t.Helper()
	l, err := training.NewStream(d, batch, seed, start)
	if err != nil {
		t.Fatal(err)
	}
	l.Workers = workers
	t.Cleanup(l.Close)
	return l
}

// take returns copies of the next n batches.
func take(t *testing.T, l *training.Loader, n int) []training.Batch {
	t.Helper()
	batches := make([]training.Batch, n)
	for i := range batches {
		b, err := l.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		batches[i] = training.Batch{Images: slices.Clone(b.Images), Labels: slices.Clone(b.Labels), N: b.N}
	}
	return batches
}

func sameBatches(a, b []training.Batch) bool {
	return slices.EqualFunc(a, b, func(a, b training.Batch) bool {
		return a.N == b.N && slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Images, b.Images)
	})
}

// noGoroutines fails if there are more goroutines than before, after a while.
func noGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// TestStreamOrder pins the order of a seed: a run resumed with another version
// of the library has to go on with the same batches.
func TestStreamOrder(t *testing.T) {
	var got []int32
	for _, b := range take(t, newStream(t, numbers{n: 5}, 5, 1, 0, 2), 3) {
		got = append(got, b.Labels...)
	}
	if want := []int32{1, 4, 3, 0, 2, 0, 3, 2, 4, 1, 1, 4, 2, 0, 3}; !slices.Equal(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
}

func TestStreamIsIndependentOfGoroutines(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	d := numbers{n: 23, do: func(i int) error {
		if i%5 == 0 {
			time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		}
		return nil
	}}
	want := take(t, newStream(t, d, 7, 3, 0, 1), 20)
	for _, procs := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(procs)
		for _, workers := range []int{0, 1, 3, 40} {
			if got := take(t, newStream(t, d, 7, 3, 0, workers), 20); !sameBatches(got, want) {
				t.Errorf("GOMAXPROCS %d, %d workers: other batches", procs, workers)
			}
		}
	}
	if sameBatches(take(t, newStream(t, d, 7, 4, 0, 1), 20), want) {
		t.Error("another seed: the same batches")
	}
}

func TestStreamResumes(t *testing.T) {
	for _, batch := range []int{1, 4, 10, 33} {
		want := take(t, newStream(t, numbers{n: 10}, batch, 9, 0, 2), 12)
		for _, start := range []int{1, 2, 5, 11} {
			got := take(t, newStream(t, numbers{n: 10}, batch, 9, start, 2), 12-start)
			if !sameBatches(got, want[start:]) {
				t.Errorf("batch %d from %d: other batches", batch, start)
			}
		}
	}
}

// TestStreamEpochs looks at whole epochs, with batches that divide an epoch,
// that cross epochs, and that are larger than the data set.
func TestStreamEpochs(t *testing.T) {
	const n, epochs = 12, 35
	for _, batch := range []int{1, 4, 5, 12, 30} {
		var labels []int32
		var noise []float32
		for _, b := range take(t, newStream(t, numbers{n: n}, batch, 2, 0, 2), (n*epochs+batch-1)/batch) {
			if b.N != batch {
				t.Fatalf("batch %d: want it full, got %d examples", batch, b.N)
			}
			labels = append(labels, b.Labels...)
			for i := range b.N {
				noise = append(noise, b.Images[2*i+1])
				if b.Images[2*i] != float32(b.Labels[i]) {
					t.Fatalf("batch %d: image %v has label %d", batch, b.Images[2*i], b.Labels[i])
				}
			}
		}
		orders := map[string]bool{}
		for e := range epochs {
			epoch := slices.Clone(labels[e*n : (e+1)*n])
			orders[fmt.Sprint(epoch)] = true
			slices.Sort(epoch)
			for i, label := range epoch {
				if label != int32(i) {
					t.Fatalf("batch %d, epoch %d: want each example once, got %v", batch, e, labels[e*n:(e+1)*n])
				}
			}
		}
		if len(orders) != epochs {
			t.Errorf("batch %d: %d orders in %d epochs", batch, len(orders), epochs)
		}
		// Each example in each epoch draws random numbers of its own.
		slices.Sort(noise)
		if distinct := len(slices.Compact(noise)); distinct < n*epochs {
			t.Errorf("batch %d: %d random numbers of %d examples", batch, distinct, n*epochs)
		}
	}
}

func TestPass(t *testing.T) {
	for _, test := range []struct {
		n, batch int
		counts   []int
	}{
		{1, 1, []int{1}}, {6, 2, []int{2, 2, 2}}, {7, 3, []int{3, 3, 1}}, {3, 8, []int{3}}, {17, 4, []int{4, 4, 4, 4, 1}},
	} {
		l, err := training.NewPass(numbers{n: test.n}, test.batch)
		if err != nil {
			t.Fatal(err)
		}
		next := 0
		for _, b := range take(t, l, len(test.counts)) {
			if b.N != min(test.batch, test.n-next) || len(b.Labels) != test.batch || len(b.Images) != 2*test.batch {
				t.Errorf("%d by %d: got %d examples, %d labels, %d floats", test.n, test.batch, b.N, len(b.Labels), len(b.Images))
			}
			for i, label := range b.Labels {
				want, pixel := int32(-1), float32(0)
				if i < b.N {
					want, pixel = int32(next), float32(next)
					next++
				}
				if label != want || b.Images[2*i] != pixel || b.Images[2*i+1] != 0 {
					t.Errorf("%d by %d: want label %d and image [%v 0], got %d and %v", test.n, test.batch, want, pixel, label, b.Images[2*i:2*i+2])
				}
			}
		}
		for range 2 {
			if _, err := l.Next(context.Background()); err != io.EOF {
				t.Errorf("%d by %d: want io.EOF, got %v", test.n, test.batch, err)
			}
		}
		l.Close()
	}
}

// TestLoaderErrors has two bad examples in one batch: the first in the order of
// the batch is the one reported, after the batches before it.
func TestLoaderErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		do   func(i int) error
		want string
	}{
		{"error", func(i int) error {
			if i == 6 {
				time.Sleep(time.Millisecond)
			}
			if i >= 6 {
				return broken
			}
			return nil
		}, "training: example 6: broken"},
		{"panic", func(i int) error {
			if i >= 6 {
				panic("broken")
			}
			return nil
		}, "training: example 6: panic: broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			l, err := training.NewPass(numbers{n: 100, do: test.do}, 4)
			if err != nil {
				t.Fatal(err)
			}
			l.Workers = 3
			take(t, l, 1)
			for range 2 {
				_, err := l.Next(context.Background())
				if err == nil || err.Error() != test.want {
					t.Fatalf("want %s, got %v", test.want, err)
				}
				if test.name == "error" && !errors.Is(err, broken) {
					t.Errorf("want the data set's error, got %v", err)
				}
			}
			noGoroutines(t, before)
			l.Close()
		})
	}
}

func TestCloseStopsEverything(t *testing.T) {
	for _, taken := range []int{0, 1, 5} {
		before := runtime.NumGoroutine()
		l := newStream(t, numbers{n: 1000}, 16, 1, 0, 4)
		take(t, l, taken)
		l.Close()
		noGoroutines(t, before)
		l.Close()
		if _, err := l.Next(context.Background()); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("want an error of a closed loader, got %v", err)
		}
	}
}

func TestCancelledNext(t *testing.T) {
	before := runtime.NumGoroutine()
	gate := make(chan struct{})
	d := numbers{n: 8, do: func(int) error { <-gate; return nil }}
	l := newStream(t, d, 4, 1, 0, 2)

	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	for range 2 { // while it waits, and before it starts
		if _, err := l.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("want context.Canceled, got %v", err)
		}
	}

	close(gate)
	got := take(t, l, 5)
	l.Close()
	noGoroutines(t, before)
	if !sameBatches(got, take(t, newStream(t, numbers{n: 8}, 4, 1, 0, 2), 5)) {
		t.Error("a cancelled Next has changed the stream")
	}
}

func TestLoaderArguments(t *testing.T) {
	for _, test := range []struct {
		name         string
		data         training.Dataset
		batch, start int
		want         string
	}{
		{"nil", nil, 1, 0, "want a data set, got nil"},
		{"empty", numbers{}, 1, 0, "want a data set of at least 1 example, got 0"},
		{"batch 0", numbers{n: 1}, 0, 0, "want a batch of at least 1 example, got 0"},
		{"huge batch", numbers{n: 1}, math.MaxInt, 0, "exceeds 2147483647 floats"},
		{"no shape", shaped{}, 1, 0, "want examples of a positive shape, got []"},
		{"zero in shape", shaped{3, 0, 3}, 1, 0, "want examples of a positive shape, got [3 0 3]"},
		{"huge shape", shaped{math.MaxInt, math.MaxInt, 3}, 1, 0, "exceeds 2147483647 floats"},
		{"start -1", numbers{n: 1}, 1, -1, "want a start from 0 to "},
		{"huge start", numbers{n: 1}, 1, math.MaxInt, "want a start from 0 to "},
	} {
		l, err := training.NewStream(test.data, test.batch, 1, test.start)
		if err == nil || l != nil || !strings.HasPrefix(err.Error(), "training: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want an error with %q, got %v", test.name, test.want, err)
		}
		if _, err := training.NewPass(test.data, test.batch); test.start == 0 && err == nil {
			t.Errorf("%s: want an error of NewPass", test.name)
		}
	}
}

// shaped is a data set of one example of a shape.
type shaped []int

func (d shaped) Len() int { return 1 }

func (d shaped) Shape() []int { return d }

func (d shaped) Example(int, *rand.Rand, []float32) (int32, error) { return 0, nil }

func TestNextDoesNotAllocate(t *testing.T) {
	l := newStream(t, numbers{n: 100}, 32, 1, 0, 2)
	take(t, l, 10)
	if allocs := testing.AllocsPerRun(200, func() {
		if _, err := l.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
	}); allocs > 1 {
		t.Errorf("want no more than 1 allocation a batch, got %v", allocs)
	}
}

// BenchmarkStream is the loader's own cost: a batch of 128 trivial examples.
func BenchmarkStream(b *testing.B) {
	l, err := training.NewStream(numbers{n: 50000}, 128, 1, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Next(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWaited has a clock of its own: an example takes a second.
func TestWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newStream(t, numbers{n: 3, do: func(int) error { time.Sleep(time.Second); return nil }}, 1, 1, 0, 1)
		take(t, l, 1)
		if got := l.Waited(); got != time.Second {
			t.Errorf("the first batch: want to have waited a second, got %v", got)
		}
		time.Sleep(10 * time.Second)
		take(t, l, 1)
		if got := l.Waited(); got != time.Second {
			t.Errorf("a batch that is there: want no more than that second, got %v", got)
		}
		l.Close()
	})
}
