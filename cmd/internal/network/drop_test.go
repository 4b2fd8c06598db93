package network

import (
	"encoding/json"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestDrop takes rates from flags into networks and through JSON.
func TestDrop(t *testing.T) {
	for _, test := range []struct {
		args       []string
		path, last float64 // of the network
		text       string
	}{
		{nil, 0.1, 0, `{"model":"convnext_cifar","shortcut":"","zero_init":false}`},
		{[]string{"-drop-path", "0", "-dropout", "0"}, 0, 0, `{"model":"convnext_cifar","shortcut":"","zero_init":false,"drop_path":0,"dropout":0}`},
		{[]string{"-drop-path", ".25", "-dropout", "5e-1"}, 0.25, 0.5, `{"model":"convnext_cifar","shortcut":"","zero_init":false,"drop_path":0.25,"dropout":0.5}`},
	} {
		var c, again Choice
		f := cli.NewFlags("tool")
		c.Bind(f, "convnext_cifar")
		c.BindInit(f)
		if err := cli.Parse(f, "", test.args); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(c)
		if err != nil || string(text) != test.text {
			t.Errorf("%v: %s, %v, want %s", test.args, text, err, test.text)
		}
		if err := json.Unmarshal(text, &again); err != nil || again != c {
			t.Errorf("%s reads as %+v, %v", text, again, err)
		}
		network, err := again.Lookup(resnet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := network.(resnet.ConvNeXt); n.Block.Drop != test.path || n.Dropout != test.last {
			t.Errorf("%v: the network drops units with %v and values with %v, want %v and %v", test.args, n.Block.Drop, n.Dropout, test.path, test.last)
		}
	}
	for _, text := range []string{"1", "-0.1", "NaN", "Inf", "x"} {
		if err := new(Rate).Set(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
	var c Choice
	if err := json.Unmarshal([]byte(`{"dropout": 2}`), &c); err == nil {
		t.Error("a rate of 2 is read")
	}
}
