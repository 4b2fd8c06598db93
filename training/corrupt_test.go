package training_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/gorgonet/gorgonet/training"
)

// TestCorruptCheckpoint damages a checkpoint: it is refused and changes nothing, or
// gives the same weights, velocities and progress to the bit.
func TestCorruptCheckpoint(t *testing.T) {
	c := config()
	c.Model, c.Iterations = tiny("tiny", 1), 3
	trained := newTrainer(t, c)
	if err := trained.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(corrupt.Dir(t), "latest.safetensors")
	if err := trained.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := trained.Load(path); err != nil { // times are rounded
		t.Fatal(err)
	}
	fresh := newTrainer(t, c)
	loaded, none := bits(t, trained, nil), bits(t, fresh, nil)
	corrupt.Every(t, file, uint64(1<<20+32*len(file)), func(damaged []byte) error {
		corrupt.Write(t, path, damaged)
		err := fresh.Load(path)
		if err == nil && !slices.Equal(bits(t, fresh, nil), loaded) {
			t.Error("other weights")
		}
		if err == nil {
			fresh = newTrainer(t, c)
		}
		return err
	})
	if !slices.Equal(bits(t, fresh, nil), none) || fresh.Iteration() != 0 {
		t.Error("a refused checkpoint changed the trainer")
	}
}

// TestCorruptRecords damages each of the records of a run that has ended. None has
// a checksum: what is read has the right form, or it is an error.
func TestCorruptRecords(t *testing.T) {
	path := filepath.Join(corrupt.Dir(t), "run")
	dir, err := training.CreateDirectory(path, map[string]any{"model": "tiny", "lr": 0.1, "<b>": []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.Train, c.Test, c.Iterations = blobs{32}, shown{blobs{12}}, 6
	var tr *training.Trainer
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	tr = newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Finish(t.Context(), tr); err != nil {
		t.Fatal(err)
	}
	log, err := dir.Records()
	if err != nil || len(log) != 3 {
		t.Fatalf("%d records, %v", len(log), err)
	}
	predicted, err := readPredictions(t, dir)
	if err != nil || len(predicted.Pictures) == 0 {
		t.Fatalf("%+v, %v", predicted, err)
	}
	// Every record is read by its name; cut tells that it is cut short.
	for name, read := range map[string]func(cut bool) error{
		"config.json": func(cut bool) error {
			var settings json.RawMessage
			_, err := training.OpenDirectory(path, &settings)
			return err
		},
		"log.csv": func(cut bool) error {
			got, err := dir.Records()
			if cut && err == nil && !reflect.DeepEqual(got, log[:len(got)]) {
				t.Errorf("got %+v", got)
			}
			return err
		},
		"result.json": func(cut bool) error {
			_, err := dir.Result()
			return err
		},
		"predictions.csv": func(cut bool) error {
			p, err := readPredictions(t, dir)
			if cut && err == nil && !slices.Equal(p.Of, predicted.Of[:len(p.Of)]) {
				t.Errorf("got %+v", p.Of)
			}
			return err
		},
		"classes.txt": func(cut bool) error {
			p, err := readPredictions(t, dir)
			if cut && err == nil && !slices.Equal(p.Classes, predicted.Classes[:len(p.Classes)]) {
				t.Errorf("got %q", p.Classes)
			}
			return err
		},
		"mistakes-raw.png": func(cut bool) error {
			p, err := readPredictions(t, dir)
			if err == nil && len(p.Pictures) != len(predicted.Pictures) {
				t.Errorf("%d pictures", len(p.Pictures))
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := os.ReadFile(filepath.Join(path, name))
			if err != nil {
				t.Fatal(err)
			}
			defer corrupt.Write(t, filepath.Join(path, name), whole)
			corrupt.Every(t, whole, uint64(1<<20+64*len(whole)), func(damaged []byte) error {
				corrupt.Write(t, filepath.Join(path, name), damaged)
				return read(len(damaged) < len(whole))
			})
		})
	}
}

// readPredictions reads predictions and uses them.
func readPredictions(t *testing.T, dir *training.Directory) (*training.Predictions, error) {
	p, err := dir.Predictions()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, n := range p.Confusion().Of() {
		total += n
	}
	if total != len(p.Of) || len(p.Pictures) > 24 {
		t.Errorf("%d of %d predictions, %d pictures", total, len(p.Of), len(p.Pictures))
	}
	return p, nil
}

// TestHostileRecords holds records that ask for much memory.
func TestHostileRecords(t *testing.T) {
	dir, err := training.CreateDirectory(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) { corrupt.Write(t, filepath.Join(dir.Path(), name), content) }
	write("classes.txt", []byte("a\nb\n"))
	write("predictions.csv", []byte("index,true,predicted,probability\n0,0,1,0.5\n"))
	for _, size := range [][2]uint32{{1 << 20, 1 << 20}, {1 << 26, 1}, {1, 1 << 26}} {
		write("mistakes-raw.png", pngOf(t, size[0], size[1]))
		err := corrupt.Within(t, "a huge picture", 1<<20, func() error {
			_, err := dir.Predictions()
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "mistakes-raw.png is damaged") {
			t.Errorf("%v: %v", size, err)
		}
	}
}

// pngOf is a PNG file that says that it is of that size.
func pngOf(t testing.TB, w, h uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	header := b.Bytes()[12:29]
	binary.BigEndian.PutUint32(header[4:], w)
	binary.BigEndian.PutUint32(header[8:], h)
	binary.BigEndian.PutUint32(b.Bytes()[29:], crc32.ChecksumIEEE(header))
	return b.Bytes()
}

func newFuzzed(f *testing.F) *training.Trainer {
	tr, err := training.New(config())
	if err != nil {
		f.Fatal(err)
	}
	return tr
}

// FuzzLoad reads damaged progress in a checkpoint whose checksum is right.
func FuzzLoad(f *testing.F) {
	path := filepath.Join(corrupt.Dir(f), "good.safetensors")
	tr := newFuzzed(f)
	if err := tr.Save(path); err != nil {
		f.Fatal(err)
	}
	arrays, metadata, _, err := weights.ReadSafetensors(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(metadata["training"])
	f.Add(`{"Iteration": -1}`)
	f.Add(`{"Iteration": 1e9, "Steps": 3, "Last": {"Test": {"Loss": null, "Error": 2}}}`)
	f.Fuzz(func(t *testing.T, progress string) {
		metadata["training"] = progress
		if err := weights.WriteSafetensors(path, arrays, metadata); err != nil {
			t.Fatal(err)
		}
		if err := tr.Load(path); err != nil {
			return
		}
		if tr.Iteration() < 0 {
			t.Fatalf("at iteration %d", tr.Iteration())
		}
		tr.Last()
		tr.BestTestError()
		if err := tr.Save(path); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzRecords reads damaged records of a run.
func FuzzRecords(f *testing.F) {
	path := filepath.Join(corrupt.Dir(f), "run")
	dir, err := training.CreateDirectory(path, nil)
	if err != nil {
		f.Fatal(err)
	}
	if err := dir.Record(newFuzzed(f), training.Record{Iteration: 5, Epoch: 1, Test: &training.Score{Loss: 1, Error: 0.5}}); err != nil {
		f.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(path, "log.csv"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(log), `{"model": "a"}`, "a\nb\n", "index,true,predicted,probability\n0,0,1,0.5\n", pngOf(f, 2, 2))
	f.Fuzz(func(t *testing.T, log, result, classes, predictions string, mistakes []byte) {
		for name, text := range map[string]string{"log.csv": log, "result.json": result, "classes.txt": classes, "predictions.csv": predictions} {
			corrupt.Write(t, filepath.Join(path, name), []byte(text))
		}
		corrupt.Write(t, filepath.Join(path, "mistakes-raw.png"), mistakes)
		if records, err := dir.Records(); err == nil && len(records) == 0 {
			t.Fatal("no records and no error")
		}
		_, _ = dir.Result()
		if p, err := dir.Predictions(); err == nil && len(p.Classes) < 1000 {
			_, _ = readPredictions(t, dir)
		}
		before, err := dir.Log().Rows()
		if err != nil {
			return
		}
		if err := dir.Log().Trim(5); err != nil {
			t.Fatal(err)
		}
		if after, err := dir.Log().Rows(); err != nil || len(after) > len(before) {
			t.Fatalf("%d of %d rows, %v", len(after), len(before), err)
		}
	})
}
