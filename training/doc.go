// Package training is the loop that trains and evaluates a network: a Loader
// prepares the batches of a Dataset, a Schedule gives the learning rate, SGD
// updates the parameters, and a Trainer ties them together, writes checkpoints
// and keeps the records in a Directory. The Example trains a network, shows how far
// it has come, saves it, and predicts with the file alone.
package training
