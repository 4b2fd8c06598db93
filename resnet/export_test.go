package resnet

import "slices"

// Unregister takes a family out again, so that tests do not see each other's.
func Unregister(paper string) {
	registry.Lock()
	defer registry.Unlock()
	registry.families = slices.DeleteFunc(slices.Clone(registry.families), func(f Family) bool { return f.Paper == paper })
}
