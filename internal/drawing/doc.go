// Package drawing paints the shapes of the data sets that need no download, in integers: they
// are the same bytes on every machine.
package drawing
