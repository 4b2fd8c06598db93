// Package pickle reads what Python's pickle writes, in protocols 0 to 5, without
// Python: nothing is ever made or called but numbers, texts and containers, and classes
// are names, so that a pickle can do nothing. What it may take is known before anything
// is made, and memory is in proportion to its length.
package pickle
