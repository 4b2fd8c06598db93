package memory

import (
	"bufio"
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// system is what the machine and the control groups of the process leave it, under
// the root of the file system.
func system(root string) int64 {
	left := int64(Unlimited)
	if kib, ok := field(filepath.Join(root, "proc/meminfo"), "MemAvailable:"); ok {
		left = kib << 10
	}
	groups, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(parts) < 3:
		case parts[1] == "":
			left = min(left, group(filepath.Join(root, "sys/fs/cgroup"), parts[2], "memory.max", "memory.current", "inactive_file"))
		case strings.Contains(","+parts[1]+",", ",memory,"):
			left = min(left, group(filepath.Join(root, "sys/fs/cgroup/memory"), parts[2],
				"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"))
		}
	}
	return left
}

// group is what a control group and those that it lies in leave. In a container the
// name may be that of outside, and what it is limited by lies at the top.
func group(mount, name, limit, usage, reclaimable string) int64 {
	left := int64(Unlimited)
	for name = path.Join("/", name); ; name = path.Dir(name) {
		dir := filepath.Join(mount, name)
		most, limited := number(filepath.Join(dir, limit))
		used, known := number(filepath.Join(dir, usage))
		if limited && known {
			files, _ := field(filepath.Join(dir, "memory.stat"), reclaimable)
			left = min(left, most-(used-files))
		}
		if name == "/" {
			return left
		}
	}
}

// number reads a file that holds one number.
func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil
}

// field reads the number that follows a word at the beginning of a line.
func field(file, word string) (int64, bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == word {
			n, err := strconv.ParseInt(words[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// resident is how much of the process lies in memory.
func resident(root string) int64 {
	kib, _ := field(filepath.Join(root, "proc/self/status"), "VmRSS:")
	return kib << 10
}
