package memory

import "testing"

// TestVariable reads what the environment says.
func TestVariable(t *testing.T) {
	for text, want := range map[string]int64{
		"off": Unlimited, "0": 0, "1000": 1000, "1KiB": 1 << 10, "1.5GiB": 3 << 29, "2 MiB": 2 << 20, "1TiB": 1 << 40,
		"much": -1, "GiB": -1, "-1": -1, "8GB": -1, "1e30": -1, "NaN": -1, "inf": -1,
	} {
		t.Setenv(Variable, text)
		got, err := Available(1 << 62)
		if want < 0 {
			if err == nil {
				t.Errorf("%q: %d bytes, want an error", text, got)
			}
		} else if err != nil || got != want {
			t.Errorf("%q: %d bytes, %v, want %d", text, got, err, want)
		}
	}
}

// TestAvailable wants an answer on any system, the same for any wish.
func TestAvailable(t *testing.T) {
	t.Setenv(Variable, "")
	for _, wanted := range []int64{0, Unlimited} {
		if got, err := Available(wanted); err != nil || got < 1<<20 {
			t.Errorf("%d bytes, %v; want at least what this test runs in", got, err)
		}
	}
}

func TestFormat(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 3 << 29: "1.5 GiB", 217 << 20: "217 MiB", 5 << 40: "5 TiB"} {
		if got := Format(bytes); got != want {
			t.Errorf("%d is %q, want %q", bytes, got, want)
		}
	}
}
