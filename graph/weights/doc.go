// Package weights reads and writes files of named arrays: safetensors, and the files of
// PyTorch's torch.save. It knows nothing of graphs; graph.State takes and gives its arrays.
// The Example writes a state dict and fits it to a network.
//
// # What is read
//
// Files are read as they come: safetensors, and PyTorch's .pth, .pt and .th, zip or legacy,
// all protocols of pickles, half precision among others (see [Array]). State dicts, whole
// checkpoints as the usual training scripts save them, and pickled models, whatever keys and
// prefixes lead to the tensors: [File.Fit] finds those that fit a network, or [File.Arrays]
// takes all of a dict. A key chooses where several could be meant. [Taken] says in one line
// what was taken and what was passed over.
//
// Nothing but tensors is ever constructed from a pickle, archives are read in memory and
// never unpacked to files, and sizes in headers are held against the size of the file. For
// every kind of file the tests try every truncation and 10,000 random flips: an error or a
// right result, in bounded memory. Safetensors files written here carry a SHA-256, PyTorch's
// zip files a CRC; others have no checksum, and there a flip can be another valid file. Every
// parser has a fuzz target with a corpus (go test -fuzz 'FuzzTorch$' ./graph/weights).
//
// # What is written
//
// [Write] makes safetensors, or a state dict that torch.load opens with weights_only too,
// whole or not at all.
package weights
