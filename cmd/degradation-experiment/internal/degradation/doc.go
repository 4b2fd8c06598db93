// Package degradation makes the central experiment of He et al. 2015 again
// (arXiv:1512.03385, figures 1 and 6): plain networks that get worse as they get
// deeper, in training error as well, and residual networks that do not. It
// measures on the way what is said to be the reason, keeps everything in files,
// and makes a verdict in numbers and a page from them.
package degradation
