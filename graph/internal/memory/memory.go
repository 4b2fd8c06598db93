// Package memory tells how much memory the process can still take.
package memory

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Variable is the environment variable that says how much there is, such as 8GiB,
// whatever the system says; off means enough.
const Variable = "GORGONET_MEMORY"

// Unlimited is what is available where nobody knows of a limit.
const Unlimited = math.MaxInt64

// Available is how many bytes the process can still take before it reaches a limit:
// of the machine or its control groups (on Linux; elsewhere they are not known), or
// Go's own GOMEMLIMIT. Where that is less than wanted, what Go holds for nothing is
// given back first.
func Available(wanted int64) (int64, error) {
	if text := os.Getenv(Variable); text != "" {
		return parse(text)
	}
	left := available()
	if left < wanted {
		runtime.GC() // runs finalizers, such as those of Gorgonia's machines
		debug.FreeOSMemory()
		left = available()
	}
	return left, nil
}

// Set tells whether Variable says how much there is.
func Set() bool { return os.Getenv(Variable) != "" }

func available() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	mapped := int64(m.Sys - m.HeapReleased)
	left := int64(Unlimited)
	if free := system("/"); free < Unlimited {
		// What was made but never written to is promised, not taken.
		left = free - max(mapped-resident("/"), 0)
	}
	if limit := debug.SetMemoryLimit(-1); limit < Unlimited {
		left = min(left, limit-mapped)
	}
	return max(left, 0)
}

// units of sizes, the shortest last.
var units = []struct {
	name string
	size float64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}

func parse(text string) (int64, error) {
	if text == "off" {
		return Unlimited, nil
	}
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(number), 64); err == nil && v >= 0 && v*u.size < Unlimited {
			return int64(v * u.size), nil
		}
		break
	}
	return 0, errors.Errorf("%s is %q; want a size such as 8GiB, or off", Variable, text)
}

// Format writes a size with its unit, such as 1.5 GiB.
func Format(bytes int64) string {
	for _, u := range units {
		if v := float64(bytes) / u.size; v >= 1 && u.size > 1 {
			return fmt.Sprintf("%.3g %s", v, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}
