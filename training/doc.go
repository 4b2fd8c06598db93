// Package training is the loop that trains and evaluates a network: a Loader
// prepares the batches of a Dataset, a Schedule gives the learning rate, an Optimizer
// updates the parameters, and a Trainer ties them together, writes checkpoints
// and keeps the records in a Directory. The Example trains a network, shows how far
// it has come, saves it, and predicts with the file alone.
//
// Optimizers are SGD, as in the paper, AdamW, Adam, RMSProp and LAMB, and those of one's
// own; a gorgonia.Solver trains too, and resumes where it is Resumable. Groups leave
// biases and norms out of weight decay and give layers rates of their own.
package training
