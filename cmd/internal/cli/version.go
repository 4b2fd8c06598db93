package cli

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
)

// commandName is the name of the command's package, whatever the file is called.
func commandName() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" {
		return path.Base(info.Path)
	}
	return "gorgonet"
}

// Version is the module's version or, where it has none, the revision it was built
// from, where Go knows one.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version, revision, modified := info.Main.Version, "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " with changes"
		}
	}
	if version == "(devel)" || version == "" {
		return "(devel)" + revision + modified
	}
	return version
}

// about is what -version prints.
func about(name string) string {
	kernels, _ := graph.Kernels()
	return fmt.Sprintf("%s %s, %s %s/%s, kernels: %s", name, Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, kernels)
}

// CommandLine is how a shell starts this command with other arguments, as it was
// started: by its file, or by go run.
func CommandLine(args ...string) string {
	words := append(program(), args...)
	for i, w := range words {
		words[i] = quote(w)
	}
	return strings.Join(words, " ")
}

// byGoRun are the files that go run makes: in a folder for the time, or, from the second
// time on, in the build cache.
var byGoRun = regexp.MustCompile(`[/\\](?:go-build[^/\\]*[/\\]b[0-9]+[/\\]exe|[0-9a-f]{2}[/\\][0-9a-f]{64}-d)[/\\][^/\\]+$`)

func program() []string {
	file, err := os.Executable()
	if err != nil || !byGoRun.MatchString(file) {
		return []string{os.Args[0]}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return []string{os.Args[0]}
	}
	here := "./cmd/" + path.Base(info.Path)
	if _, err := os.Stat(here); err == nil {
		return []string{"go", "run", here}
	}
	if info.Main.Version != "(devel)" && info.Main.Version != "" {
		return []string{"go", "run", info.Path + "@" + info.Main.Version}
	}
	return []string{"go", "run", info.Path}
}

// quote makes a shell take a text as one word.
func quote(text string) string {
	special := func(r rune) bool {
		return !strings.ContainsRune("-_=+:,./@%^", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 128
	}
	if text != "" && strings.IndexFunc(text, special) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
