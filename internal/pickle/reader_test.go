package pickle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

func fixtures(t testing.TB) (pickles [][]byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/pickles.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &pickles); err != nil {
		t.Fatal(err)
	}
	return pickles
}

// plain writes a value out.
func plain(v any) string {
	switch v := v.(type) {
	case *List:
		var parts []string
		for _, x := range v.Items {
			parts = append(parts, plain(x.Value))
		}
		if v.Tuple {
			return "(" + strings.Join(parts, " ") + ")"
		}
		return "[" + strings.Join(parts, " ") + "]"
	case *Dict:
		var parts []string
		for _, p := range v.Pairs {
			parts = append(parts, plain(p.Key)+":"+plain(p.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case *Object:
		if b, ok := Bytes(v); ok {
			return plain(b)
		}
		return v.Class + fmt.Sprint(v.Args)
	case string:
		return fmt.Sprintf("%q", v)
	case []byte:
		return fmt.Sprintf("b%q", v)
	}
	return fmt.Sprint(v)
}

// TestProtocols reads one value in every protocol that Python writes.
func TestProtocols(t *testing.T) {
	for protocol, data := range fixtures(t) {
		r := Reader{Numbers: true}
		v, length, err := r.Read(append(data[:len(data):len(data)], "and more"...))
		if err != nil || length != len(data) {
			t.Errorf("protocol %d: %d of %d bytes, %v", protocol, length, len(data), err)
			continue
		}
		d := v.(*Dict)
		for key, want := range map[string]string{
			"numbers": "[0 -1 255 65535 -70000 1099511627776 2.5 true false <nil>]",
			"texts":   `("plain" "häß\\lich\n" b"\x00\xff")`,
			"again":   `("plain" "häß\\lich\n" b"\x00\xff")`,
			"ordered": `{"b":1 "a":2}`,
			"class":   "collections.Counter",
			"nothing": "<nil>",
		} {
			if got := plain(d.Get(key)); got != want {
				t.Errorf("protocol %d: %s is %s, want %s", protocol, key, got, want)
			}
		}
		if o, ok := d.Get("object").(*Object); !ok || !strings.HasSuffix(o.Class, ".complex") || fmt.Sprint(o.Args) != "[1 2]" {
			t.Errorf("protocol %d: a complex number is %s", protocol, plain(d.Get("object")))
		}
		for _, numbers := range []bool{true, false} {
			r.Numbers = numbers
			if v, _, err = r.Read(data); err != nil {
				t.Fatal(err)
			}
			long := v.(*Dict).Get("long").(*List)
			if long.N != 2500 || numbers && (len(long.Items) != 2500 || long.Items[2499] != Item{2499, 2499}) || !numbers && len(long.Items) != 0 {
				t.Errorf("protocol %d, numbers %v: a list of %d with %d items", protocol, numbers, long.N, len(long.Items))
			}
		}
	}
}

// TestOptions uses what a Reader can be told.
func TestOptions(t *testing.T) {
	data := []byte("\x80\x02}U\x01a(U\x02\xff\xfeS'b'\nX\x01\x00\x00\x00cts.")
	for _, test := range []struct {
		bytes bool
		want  string
	}{{false, `("\xff\xfe" "b" "c")`}, {true, `(b"\xff\xfe" b"b" "c")`}} {
		r := Reader{Bytes: test.bytes}
		v, _, err := r.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if got := plain(v.(*Dict).Get("a")); got != test.want {
			t.Errorf("bytes %v: %s, want %s", test.bytes, got, test.want)
		}
	}
	r := Reader{
		Reference: func(id []any) (any, error) { return fmt.Sprint("referred to ", id), nil },
		Call: func(f Global, args []any) (any, bool, error) {
			if f.Name == "refused" {
				return nil, true, errors.New("refused")
			}
			return fmt.Sprint("made of ", args), f.Name == "known", nil
		},
	}
	for _, test := range []struct{ data, want string }{
		{"\x80\x02K\x01\x85Q.", `"referred to [1]"`},
		{"P('a', None, 7, <class 'b.c'>)\n.", `"referred to [a <nil> 7 b.c]"`},
		{"\x80\x02ca\nknown\nK\x01\x85R.", `"made of [1]"`},
		{"\x80\x02ca\nother\nK\x01\x85R.", "a.other[1]"},
	} {
		v, _, err := r.Read([]byte(test.data))
		if err != nil || plain(v) != test.want {
			t.Errorf("%q: %s, %v, want %s", test.data, plain(v), err, test.want)
		}
	}
}

// TestDamage wants one clear line, and memory in proportion to what is there.
func TestDamage(t *testing.T) {
	reader := Reader{
		Longest: 1 << 20,
		Call:    func(f Global, args []any) (any, bool, error) { return nil, true, errors.New("refused") },
	}
	for _, test := range []struct{ name, data, want string }{
		{"nothing", "", "cut short within a pickle"},
		{"no pickle", "0,1\n", "damaged, or no pickle: opcode 0x2c at byte 1"},
		{"no end", "\x80\x02N", "cut short within a pickle"},
		{"half an argument", "\x80\x02M\x01", "cut short: the argument of pickle opcode 0x4d at byte 2"},
		{"a long string", "\x80\x02T\xff\xff\xff\x7f.", "cut short: the argument"},
		{"an endless string", "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "cut short: the argument"},
		{"too long", "\x80\x02" + strings.Repeat("N0", 1<<19) + "N.", "more than 1048576 bytes"},
		{"too many objects", "\x80\x02(" + strings.Repeat("]", 20000) + "t.", "20002 objects in 20005 bytes"},
		{"an empty stack", "\x80\x020.", "takes from an empty stack"},
		{"behind a mark", "\x80\x02N(\x85.", "takes from an empty stack"},
		{"no mark", "\x80\x02t.", "no mark"},
		{"no such memory", "\x80\x02h\x01.", "a reference to nothing"},
		{"a number that is none", "Ix\n.", `the number "x"`},
		{"pairs for a list", "\x80\x02]K\x01K\x02s.", "pairs for a list"},
		{"items for a dict", "\x80\x02}K\x01a.", "items for a dict"},
		{"a call of a number", "\x80\x02K\x01)R.", "a call of a number"},
		{"a call without a tuple", "\x80\x02ca\nb\nK\x01R.", "a call without a tuple"},
		{"a call that is refused", "\x80\x02ca\nb\n)R.", "refused"},
		{"a reference without a reader of them", "\x80\x02)Q.", "a reference to something outside"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := reader.Read([]byte(test.data))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want one line with %q, got %v", test.name, test.want, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(1<<16+64*len(test.data)) {
			t.Errorf("%s: %d bytes of memory for %d", test.name, used, len(test.data))
		}
	}
}

// FuzzRead wants no panic, whatever a Reader is told, and nothing but what is said.
func FuzzRead(f *testing.F) {
	for _, data := range fixtures(f) {
		f.Add(data, true)
		f.Add(data, false)
	}
	f.Add([]byte("\x80\x02ca\nmake\ncb\nc\n)\x86R."), false)
	f.Fuzz(func(t *testing.T, data []byte, other bool) {
		before := bytes.Clone(data)
		r := Reader{Bytes: other, Numbers: other, Longest: 1 << 16}
		if !other {
			r.Reference = func(id []any) (any, error) { return &Dict{}, nil }
			r.Call = func(g Global, args []any) (any, bool, error) {
				if g.Name == "make" && len(args) == 2 {
					if inner, ok := Tuple(args[1]); ok {
						v, err := r.Make(args[0], inner)
						return v, true, err
					}
				}
				return nil, false, nil
			}
		}
		v, length, err := r.Read(data)
		if !bytes.Equal(data, before) {
			t.Fatal("the pickle has changed")
		}
		if err != nil {
			if v != nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v and %q", v, err)
			}
			return
		}
		if length < 1 || length > len(data) || data[length-1] != '.' {
			t.Errorf("%d of %d bytes", length, len(data))
		}
		known(t, v, map[any]bool{})
	})
}

// known fails the test for a value of another type than those of the package.
func known(t *testing.T, v any, seen map[any]bool) {
	t.Helper()
	var inner []any
	switch v := v.(type) {
	case nil, bool, int, float64, string, []byte, Global:
		return
	case *List, *Dict, *Object:
		if seen[v] {
			return
		}
		seen[v] = true
	default:
		t.Fatalf("a pickle made a %T", v)
	}
	pairs := func(d *Dict) {
		_ = d.Get("a")
		for _, p := range d.Pairs {
			inner = append(inner, p.Key, p.Value)
		}
	}
	items := func(l *List) {
		for _, x := range l.Items {
			inner = append(inner, x.Value)
		}
	}
	switch v := v.(type) {
	case *List:
		items(v)
	case *Dict:
		pairs(v)
	case *Object:
		_, _ = Bytes(v)
		pairs(&v.Dict)
		items(&v.List)
		inner = append(append(inner, v.State), v.Args...)
	}
	for _, x := range inner {
		known(t, x, seen)
	}
}
