// Package data gets the data sets that commands train on and measure with.
package data
