package memory

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSystem reads made-up file systems of both kinds of control groups.
func TestSystem(t *testing.T) {
	const mib = 1 << 20
	info := "MemTotal: 9999 kB\nMemAvailable:    102400 kB\n" // 100 MiB
	for _, test := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing known", nil, Unlimited},
		{"no control groups", map[string]string{"proc/meminfo": info}, 100 * mib},
		{"v2 without a limit", map[string]string{"proc/meminfo": info, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "5\n"}, 100 * mib},
		{"v2, page cache given back", map[string]string{"proc/meminfo": info, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "52428800\n", "sys/fs/cgroup/a/b/memory.current": "41943040\n",
			"sys/fs/cgroup/a/b/memory.stat": "anon 1\ninactive_file 10485760\n"}, 20 * mib},
		{"v2, the outer is tighter", map[string]string{"proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "52428800\n", "sys/fs/cgroup/a/b/memory.current": "0\n",
			"sys/fs/cgroup/a/memory.max": "10485760\n", "sys/fs/cgroup/a/memory.current": "1048576\n"}, 9 * mib},
		{"v2, a container's name of outside", map[string]string{"proc/self/cgroup": "0::/../../docker/1\n",
			"sys/fs/cgroup/memory.max": "10485760\n", "sys/fs/cgroup/memory.current": "1048576\n"}, 9 * mib},
		{"v1", map[string]string{"proc/meminfo": info, "proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/a\n0::/\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "31457280\n", "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "20971520\n",
			"sys/fs/cgroup/memory/a/memory.stat":         "inactive_file 1\ntotal_inactive_file 5242880\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "99\n"}, 15 * mib},
		{"nonsense", map[string]string{"proc/meminfo": "MemAvailable: many kB\n", "proc/self/cgroup": "::\nx\n0::\n\xff"}, Unlimited},
	} {
		root := t.TempDir()
		for name, text := range test.files {
			file := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := system(root); got != test.want {
			t.Errorf("%s: %d bytes, want %d", test.name, got, test.want)
		}
	}
}
