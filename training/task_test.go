package training_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/tensorboard"
	"github.com/pkg/errors"
)

// TestTasksLearn wants every task to learn something.
func TestTasksLearn(t *testing.T) {
	for name, c := range tasks() {
		t.Run(name, func(t *testing.T) {
			c.Iterations = 120
			tr := newTrainer(t, c)
			before, err := tr.Evaluate(t.Context(), c.Test)
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			m := c.Task.Metrics()[0]
			was, is := before.Value(m.Name), tr.Last().Test.Value(m.Name)
			best, known := tr.Best()
			if m.Higher {
				was, is, best = -was, -is, -best
			}
			if !(is < was-0.1*math.Abs(was)) || !known || best > is || before.N != 50 || !(tr.Last().Test.Loss < before.Loss) {
				t.Errorf("%s went from %v to %v, the best %v, of %d; the loss from %v to %v", m.Name, was, is, best, before.N, before.Loss, tr.Last().Test.Loss)
			}
		})
	}
}

// everything is what a record says but for time.
func everything(t *testing.T, tr *training.Trainer, records []training.Record) string {
	t.Helper()
	for i := range records {
		records[i].Seconds, records[i].ImagesPerSecond = 0, 0
	}
	text, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	sum, _ := json.Marshal(bits(t, tr, nil))
	return string(text) + string(sum)
}

// TestTasksGoOn trains every task with an average of the weights and in parts, on
// several numbers of processors and goroutines, and interrupted in the midst of an
// epoch: the bits are those of a run left alone.
func TestTasksGoOn(t *testing.T) {
	for name, c := range tasks() {
		t.Run(name, func(t *testing.T) {
			c.Iterations, c.Average, c.Accumulate, c.Stop = 12, 0.9, 2, training.Stopper{Metric: "loss", Patience: 9}
			path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
			run := func(stop int, records *[]training.Record) *training.Trainer {
				t.Helper()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c := c
				c.OnStep = func(s training.Step) {
					if s.Iteration == stop {
						cancel()
					}
				}
				c.OnEpoch = func(r training.Record) error { *records = append(*records, r); return nil }
				tr := newTrainer(t, c)
				if _, err := os.Stat(path); err == nil {
					if err := tr.Load(path); err != nil {
						t.Fatal(err)
					}
				}
				if err := tr.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				return tr
			}
			var records []training.Record
			want := everything(t, run(0, &records), records)
			if len(records) != 3 || !strings.Contains(want, `"Values":{`) || !strings.Contains(want, `"Train":{`) {
				t.Fatalf("records %s", want)
			}
			for _, procs := range []int{1, 5} {
				var records []training.Record
				old := runtime.GOMAXPROCS(procs)
				c.Workers = 6 - procs
				got := everything(t, run(0, &records), records)
				runtime.GOMAXPROCS(old)
				if got != want {
					t.Errorf("on %d processors other bits", procs)
				}
			}
			records = nil
			if err := run(6, &records).Save(path); err != nil {
				t.Fatal(err)
			}
			if got := everything(t, run(0, &records), records); got != want {
				t.Errorf("resumed %s, left alone %s", got[:600], want[:600])
			}
		})
	}
}

// TestRecordsOfATask wants log, events, outcome and card to go by the task's metrics,
// and the best checkpoint to be that of the highest value.
func TestRecordsOfATask(t *testing.T) {
	c := tasks()["segmentation"]
	dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	best, at := math.Inf(-1), 0
	var records []training.Record
	var tr *training.Trainer
	c.Schedule = training.Plateau{Base: 0.05, Patience: 1}
	c.OnStep = func(s training.Step) {
		dir.Step(s)
		if len(s.Values) != 1 || !(s.Values["accuracy"] > 0) {
			t.Errorf("step %d has %v", s.Iteration, s.Values)
		}
	}
	c.OnEpoch = func(r training.Record) error {
		records = append(records, r)
		if v := r.Value("test_accuracy"); v > best {
			best, at = v, r.Iteration
		}
		return dir.Record(tr, r)
	}
	tr = newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	log, err := dir.Log().Rows()
	if err != nil || len(log) != len(records) || len(log[0]) != 9 {
		t.Fatalf("log %v: %v", log, err)
	}
	again, err := dir.Records()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range again {
		for _, column := range []string{"train_loss", "train_accuracy", "test_loss", "test_accuracy"} {
			if got, want := r.Value(column), records[i].Value(column); got != want || !(got > 0) {
				t.Errorf("record %d: %s is %v, want %v", i, column, got, want)
			}
		}
	}
	if name, metrics := dir.Task(); name != "pixels" || !reflect.DeepEqual(metrics, c.Task.Metrics()) {
		t.Errorf("the directory is of the task %s with %v", name, metrics)
	}
	path := filepath.Join(dir.Path(), "log.csv")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(whole), "test_accuracy", "test_accurocy", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Records(); err == nil || !strings.Contains(err.Error(), "not a log of this program") {
		t.Errorf("a log with a column of no metric: %v", err)
	}
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	card, err := training.ReadCard(dir.Best())
	if err != nil || card.Task != "pixels" || !reflect.DeepEqual(card.Metrics, c.Task.Metrics()) {
		t.Errorf("card %+v: %v", card, err)
	}
	_, metadata, _, err := weights.ReadSafetensors(dir.Best())
	if err != nil || !strings.Contains(metadata["training"], `"iteration":`+strconv.Itoa(at)+`,`) {
		t.Errorf("the best checkpoint, of %v, is not of step %d: %s %v", best, at, metadata["training"], err)
	}
	events, err := tensorboard.Read(filepath.Join(dir.Path(), "events.out.tfevents.gorgonet"))
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]int{}
	for _, e := range events {
		for _, v := range e.Values {
			tags[v.Tag]++
		}
	}
	if tags["accuracy/train"] != len(records) || tags["accuracy/test"] != len(records) || tags["loss/test"] != len(records) || tags["error/train"] != 0 {
		t.Errorf("events %v", tags)
	}
	if _, err := dir.Finish(t.Context(), tr); err != nil {
		t.Fatal(err)
	}
	r, err := dir.Result()
	if err != nil || r.Task != "pixels" || len(r.Metrics) != 1 || math.Abs(*r.Metrics[0].Best-best) > 1e-8 || r.Metrics[0].Train == nil || r.Metrics[0].Test == nil ||
		r.Ended != "all steps are done" {
		t.Errorf("outcome %+v: %v", r, err)
	}
	text, err := os.ReadFile(filepath.Join(dir.Path(), "result.json"))
	if err != nil || strings.Contains(string(text), "error") {
		t.Errorf("%s speaks of errors (%v)", text, err)
	}
	if p, err := dir.Predictions(); p != nil || err != nil {
		t.Errorf("predictions %v, %v", p, err)
	}
}

// TestAnotherTask wants checkpoints to be refused by trainers and evaluators of another
// task, and evaluators of this one to measure what the run did.
func TestAnotherTask(t *testing.T) {
	c := tasks()["multi-label"]
	tr := newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	path, classes := filepath.Join(t.TempDir(), "labels.safetensors"), filepath.Join(t.TempDir(), "classes.safetensors")
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	of := c
	of.Train, of.Test, of.Task = blobs{60}, blobs{50}, nil
	of.Model = two()
	other := newTrainer(t, of)
	if err := other.Save(classes); err != nil {
		t.Fatal(err)
	}
	evaluator := func(task training.Task) *training.Evaluator {
		e, err := training.NewTaskEvaluator(task, c.Model, graph.NewState(), []int{8, 8, 3}, 7)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for what, err := range map[string]error{
		"labels.safetensors is a checkpoint of the task multi-label, not of classification":   other.Load(path),
		"classes.safetensors is a checkpoint of the task classification, not of multi-label":  tr.Load(classes),
		"labels.safetensors is a checkpoint of the task multi-label, not of regression":       evaluator(training.Regression{Shape: []int{2}}).LoadWeights(path),
		"classes.safetensors is a checkpoint of the task classification, not of multi-label ": evaluator(c.Task).LoadWeights(classes),
	} {
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(what)) {
			t.Errorf("want %q, got %v", what, err)
		}
	}
	e := evaluator(c.Task)
	if err := e.LoadWeights(path); err != nil {
		t.Fatal(err)
	}
	score, err := e.Evaluate(t.Context(), c.Test)
	if err != nil || score.Value("mean_average_precision") != tr.Last().Value("test_mean_average_precision") || math.Abs(score.Loss-tr.Last().Test.Loss) > 1e-6 {
		t.Errorf("%+v, want %+v: %v", score, *tr.Last().Test, err)
	}
	if _, err := e.Predict(t.Context(), c.Test); err == nil || !strings.Contains(err.Error(), "predictions are of classes; the task multi-label has none") {
		t.Errorf("predictions of classes: %v", err)
	}
}

// TestDistillation wants a task with a Classification in it to measure as that does, and a
// sure teacher to double the loss of the labels; labels to ignore are left out.
func TestDistillation(t *testing.T) {
	scores := map[string]training.Score{}
	for name, task := range map[string]training.Task{
		"classes":      &training.Classification{Ignore: []int32{0}},
		"distillation": distillation{training.Classification{Ignore: []int32{0}}},
	} {
		c := config()
		c.Train, c.Test, c.Task = taught(60), taught(50), task
		tr := newTrainer(t, c)
		score, err := tr.Evaluate(t.Context(), c.Test)
		if err != nil {
			t.Fatal(err)
		}
		if scores[name] = score; score.N >= 50 || score.N < 25 || score.Values() != nil {
			t.Errorf("%s: %+v", name, score)
		}
		if err := tr.Run(t.Context()); err != nil || !(tr.Last().Test.Loss < score.Loss) || !(tr.Last().TrainError > 0) {
			t.Errorf("%s: %+v after %+v: %v", name, tr.Last(), score, err)
		}
	}
	a, b := scores["classes"], scores["distillation"]
	if math.Abs(b.Loss-2*a.Loss) > 1e-5 || a.Error != b.Error || a.Correct != b.Correct {
		t.Errorf("of classes %+v, distilled %+v", a, b)
	}
}

// TestAllocations wants a step of another task to allocate no more than one of
// classification.
func TestAllocations(t *testing.T) {
	step := func(c training.Config) float64 {
		var before, after runtime.MemStats
		c.Test, c.Iterations, c.Workers = nil, 60, 1
		c.OnStep = func(s training.Step) {
			switch s.Iteration {
			case 20:
				runtime.ReadMemStats(&before)
			case 40:
				runtime.ReadMemStats(&after)
			}
		}
		if err := newTrainer(t, c).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		return float64(after.Mallocs-before.Mallocs) / 20
	}
	// Values of OnStep are a few more.
	if usual, is := step(config()), step(tasks()["regression"]); is > usual+10 {
		t.Errorf("%v allocations a step of regression, %v of classification", is, usual)
	}
}
