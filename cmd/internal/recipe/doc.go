// Package recipe has how the papers of networks train them, as values of the training
// commands' flags: one table for both commands.
package recipe
