package evaluation

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/gorgonet/gorgonet/training"
)

// TestCorruptRecords resumes from damaged predictions.csv: an error, or a place from
// which the evaluation goes on with as many pictures counted, all of them of the set.
func TestCorruptRecords(t *testing.T) {
	const classes, pictures = 7, 9
	set := &imagenet.Set{}
	for i := range classes {
		set.Classes = append(set.Classes, fmt.Sprintf("class %d", i))
	}
	var text bytes.Buffer
	text.WriteString("index,path,label,rank,error,class1,score1,class2,score2,class3,score3,class4,score4,class5,score5\n")
	for i := range pictures {
		set.Files = append(set.Files, imagenet.File{Path: fmt.Sprintf("%d.png", i), Label: int32(i % classes)})
		if i == 4 || i == 8 {
			fmt.Fprintf(&text, "%d,%d.png,%d,,no picture,,,,,,,,,,\n", i, i, i%classes)
			continue
		}
		fmt.Fprintf(&text, "%d,%d.png,%d,1,,%d,2.5,%d,1.25,0,0.5,1,0.25,2,0\n", i, i, i%classes, (i+1)%classes, i%classes)
	}
	path := corrupt.Dir(t)
	dir, err := training.CreateDirectory(filepath.Join(path, "run"), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	corrupt.Every(t, text.Bytes(), 1<<20, func(damaged []byte) error {
		corrupt.Write(t, filepath.Join(dir.Path(), "predictions.csv"), damaged)
		r, err := newRecords(dir, set)
		if err != nil {
			t.Fatal(err)
		}
		done, err := r.restore(2)
		if err != nil {
			return err
		}
		if done < 0 || done > pictures || done%2 != 0 || r.len() != done {
			t.Errorf("%d pictures are done and %d counted, after\n%s", done, r.len(), damaged)
		}
		rows, err := r.table.Rows()
		if err == nil && len(rows) != done {
			t.Errorf("%d rows are left of %d", len(rows), done)
		}
		return nil
	})
}

// TestDamagedRows wants one clear line of what a damaged row says, before anything is
// measured.
func TestDamagedRows(t *testing.T) {
	const good = "0,0/0.png,0,1,,1,2.5,0,1.25,2,0.5"
	for _, test := range []struct{ name, row, want string }{
		{"none", good, ""},
		{"unread, of an older version", "0,0/0.png,0,,imagenet: no picture,,,,,,", ""},
		{"another picture", strings.Replace(good, "0/0", "9/9", 1), "row 1 of predictions.csv is about 9/9.png with label 0, but picture 0 of the data is 0/0.png with label 0; they have changed since"},
		{"a picture with escapes", strings.Replace(good, "0/0", "\x1b[31m", 1), `is about "\x1b[31m.png" with label 0`},
		{"rank", strings.Replace(good, "0,1,,", "0,x,,", 1), `row 1 of predictions.csv is damaged: rank is "x", want a number from 0 to 2`},
		{"rank beyond the classes", strings.Replace(good, "0,1,,", "0,3,,", 1), `rank is "3", want a number from 0 to 2`},
		{"class", strings.Replace(good, ",,1,", ",,,", 1), `class1 is "", want a number from 0 to 2`},
		{"class beyond", strings.Replace(good, "1.25,2", "1.25,3", 1), `class3 is "3", want a number from 0 to 2`},
		{"score", strings.Replace(good, "2.5", "2.5.", 1), `score1 is "2.5.", want a number`},
		{"score that is infinite", strings.Replace(good, "2.5", "Inf", 1), `score1 is "Inf", want a number`},
		{"rank of another class", strings.Replace(good, "0,1,,", "0,0,,", 1), "the right class 0 has rank 0, but the best is 1"},
	} {
		e, dir := begin(t, t.TempDir(), 3, 2, nil)
		header := strings.Join(columns(3), ",")
		corrupt.Write(t, filepath.Join(dir.Path(), "predictions.csv"), []byte(header+"\n"+test.row+"\n"))
		asked := false
		e.config.Networks[0].Predictor = predictor(func() { asked = true })
		_, err := e.Run(t.Context())
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || asked {
			t.Errorf("%s: want one line with %q at once, got %v", test.name, test.want, err)
		}
	}
}
