// Package report makes the records of runs into something to look at: figures as SVG and
// PNG (drawn by gonum/plot), and one HTML page that needs nothing but itself. It reads what
// package training has recorded; figures are in the style of those of He et al. 2015.
//
// [Make] writes the page of one run or of several from their directories. The Example makes
// a page of one's own, of a figure and a paragraph.
package report
