package imagenet

import (
	"io/fs"
	"syscall"
)

// changed is when a folder's entries or attributes changed last, in nanoseconds since
// 1970: unlike the time of modification nobody can set it. It is 0 where the system does
// not tell.
func changed(info fs.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ctim.Nano()
	}
	return 0
}
