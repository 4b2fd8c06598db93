package training_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// TestTable cuts a table after every byte, as a crash may: what is trimmed has whole
// rows alone, and takes further ones.
func TestTable(t *testing.T) {
	dir, err := training.CreateDirectory(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	table := dir.Table("table.csv", "iteration", "of", "value")
	path := filepath.Join(dir.Path(), "table.csv")
	rows := [][]string{{"2", "a", "0.125"}, {"4", `b "c", d`, "1e-05"}, {"4", "", "3"}, {"6", "a", "-12.75"}}
	if err := table.Trim(5); err != nil {
		t.Errorf("no file: %v", err)
	}
	if err := table.Append(rows...); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, n int) {
		t.Helper()
		if err := table.Append([]string{"8", "last", "1"}); err != nil {
			t.Fatal(err)
		}
		got, err := table.Rows()
		if want := append(rows[:n:n], []string{"8", "last", "1"}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v: %v", what, got, want, err)
		}
	}
	for end := range len(text) + 1 {
		if err := os.WriteFile(path, text[:end], 0o644); err != nil {
			t.Fatal(err)
		}
		whole := max(strings.Count(string(text[:end]), "\n")-1, 0)
		if got, err := table.Rows(); err != nil || len(got) != whole {
			t.Errorf("cut after %q: %d rows, want %d: %v", text[:end], len(got), whole, err)
		}
		if err := table.Trim(6); err != nil {
			t.Errorf("cut after %q: %v", text[:end], err)
		}
		check(fmt.Sprintf("cut after %q", text[:end]), whole)
	}
	for iteration, n := range map[int]int{-1: 0, 2: 1, 3: 1, 4: 3, 5: 3, 6: 4, 7: 4} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := table.Trim(iteration); err != nil {
			t.Error(err)
		}
		check(fmt.Sprint("trimmed to ", iteration), n)
	}
	for _, other := range []string{"none", "iteration,of\n", "\n", "iteration,of,value,more", "4,a,1\n"} {
		if err := os.WriteFile(path, []byte(other), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := table.Trim(2); err == nil || !strings.Contains(err.Error(), "table.csv is not a log") {
			t.Errorf("a file with %q: %v", other, err)
		}
		if after, _ := os.ReadFile(path); string(after) != other {
			t.Errorf("a file with %q has %q now", other, after)
		}
	}
}
