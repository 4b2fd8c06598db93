// Package scoring counts how well networks answer.
package scoring
