// Package experiment trains networks that differ in one thing, several times each, measures
// them on the way, and says in numbers what the difference did. Everything is kept in files,
// of which a verdict and a page are made.
//
// An experiment is a [Design]: a value that says which networks there are, how they are
// trained, what is measured besides, and how to judge. Each is a file that registers itself;
// what trains, measures, estimates, goes on and draws knows none of them. The first is
// "degradation", He et al. 2015 (arXiv:1512.03385), figures 1 and 6.
package experiment
