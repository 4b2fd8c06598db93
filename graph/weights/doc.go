// Package weights reads and writes files of named arrays: safetensors, and the
// files of PyTorch's torch.save. It knows nothing of graphs; graph.State takes and
// gives its arrays.
package weights
