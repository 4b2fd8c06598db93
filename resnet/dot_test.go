package resnet_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/resnet"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/encoding"
	"gonum.org/v1/gonum/graph/encoding/dot"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
)

var update = flag.Bool("update", false, "write the golden drawing anew")

// labelled is a node of a drawing that is read back.
type labelled struct {
	graph.Node
	label string
}

func (n *labelled) SetAttribute(a encoding.Attribute) error {
	if a.Key == "label" {
		n.label = a.Value
	}
	return nil
}

type drawing struct{ *simple.DirectedGraph }

func (d drawing) NewNode() graph.Node { return &labelled{Node: d.DirectedGraph.NewNode()} }

// checkDOT reads the drawing back: it is whole, has no circles, and one node that
// nothing follows besides the last caption. It returns the labels.
func checkDOT(t *testing.T, s resnet.Summary) (labels []string) {
	t.Helper()
	var text strings.Builder
	if err := s.WriteDOT(&text); err != nil {
		t.Fatal(err)
	}
	d := drawing{simple.NewDirectedGraph()}
	if err := dot.Unmarshal([]byte(text.String()), d); err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	if _, err := topo.Sort(d); err != nil {
		t.Errorf("%v in\n%s", err, text.String())
	}
	if parts := topo.ConnectedComponents(graph.Undirect{G: d}); len(parts) != 1 {
		t.Errorf("the drawing falls into %d parts:\n%s", len(parts), text.String())
	}
	ends := 0
	for nodes := d.Nodes(); nodes.Next(); {
		n := nodes.Node().(*labelled)
		labels = append(labels, strings.TrimSuffix(strings.TrimPrefix(n.label, "<"), ">"))
		if d.From(n.ID()).Len() == 0 {
			ends++
		}
	}
	if ends != 2 {
		t.Errorf("want two ends, the last layer and the last caption, got %d in\n%s", ends, text.String())
	}
	return labels
}

func TestDOTGolden(t *testing.T) {
	const golden = "testdata/resnet8.dot"
	var text strings.Builder
	if err := summarize(t, "resnet8", resnet.Options{}).WriteDOT(&text); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := text.String(); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs (go test -update writes it anew); got\n%s", golden, got)
	}
}

// TestDOTNodes counts what a person would look for.
func TestDOTNodes(t *testing.T) {
	for _, test := range []struct {
		name   string
		labels map[string]int
	}{
		{"resnet18", map[string]int{"+": 8, "7×7, 64, /2": 1, "max pool, /2": 1, "3×3, 64<BR/>3×3, 64": 2,
			"3×3, 256, /2<BR/>3×3, 256": 1, "1×1, 256, /2": 1, "average pool": 1, "fc, 1000": 1, "picture 224×224×3": 1}},
		{"resnet50", map[string]int{"+": 8, "1×1, 256": 1, "1×1, 1024, /2": 1,
			"1×1, 256<BR/>3×3, 256<BR/>1×1, 1024<BR/><B>× 5</B>": 1}},
		{"plain34", map[string]int{"+": 0, "3×3, 64<BR/>3×3, 64<BR/><B>× 3</B>": 1}},
		{"resnet20", map[string]int{"+": 9, "zero-padded, 32, /2": 1}},
		{"seresnet18", map[string]int{"+": 8, "3×3, 64<BR/>3×3, 64<BR/>fc, 4<BR/>fc, 64": 2}},
		{"preact_resnet18", map[string]int{"+": 8, "batch norm<BR/>3×3, 64<BR/>3×3, 64": 1, "batch norm": 1}},
	} {
		got := map[string]int{}
		for _, label := range checkDOT(t, summarize(t, test.name, resnet.Options{})) {
			got[label]++
		}
		for label, n := range test.labels {
			if got[label] != n {
				t.Errorf("%s: want %d nodes %q, got %d of %v", test.name, n, label, got[label], got)
			}
		}
	}
}
