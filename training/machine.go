package training

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
)

// Machine is what a run ran on.
type Machine struct {
	Processor string `json:"processor"` // its name where the system tells, otherwise its kind, such as amd64
	Cores     int    `json:"cores"`     // that Go uses
	Kernels   string `json:"kernels"`   // avx512, avx2 or go
}

// ThisMachine is the one that the program runs on.
func ThisMachine() Machine {
	kernels, _ := graph.Kernels()
	return Machine{Processor: processor(), Cores: runtime.GOMAXPROCS(0), Kernels: kernels}
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo") // Linux has it
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if value = strings.TrimSpace(value); strings.TrimSpace(name) == "model name" && value != "" {
			return value
		}
	}
	return runtime.GOARCH
}

// module is this project's path.
const module = "github.com/gorgonet/gorgonet"

// Version is the project's, with the revision where Go knows it, "unknown" where the
// program does not know what it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Path != module {
		for _, d := range info.Deps {
			if d.Path == module {
				return d.Version
			}
		}
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			return strings.TrimSpace(v + " " + s.Value)
		}
	}
	return v
}
