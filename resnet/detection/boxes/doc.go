// Package boxes is the arithmetic of detection on boxes: anchors, the coding of one box
// against another, overlap, matching, sampling, non-maximum suppression, and the pasting of
// masks. It knows nothing of graphs; package detection makes operations of it.
//
// Boxes are x1, y1, x2, y2 in pixels, one after the other in a slice of float32: [N 4]. A
// width is x2-x1, without the pixel that older code adds. All is computed in float32 and in
// the order of torchvision's functions, which the tests compare it with: overlaps that are
// equal there are equal here, so that ties fall alike.
package boxes
