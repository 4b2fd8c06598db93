// Package report makes the records of runs into something to look at: figures in
// the style of the paper's (He et al. 2015), as SVG and PNG, and one HTML page
// that needs nothing but itself. It reads what package training has recorded.
package report
