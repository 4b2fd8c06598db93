package kernel

// Folded is a convolution with the batch norm behind it folded into its weights,
// for inference: y = activation(conv(x, w*scale) + shift + shortcut).
type Folded struct {
	algorithm     *Algorithm
	weights, bias []float32 // as the algorithm has them
}

// Fold takes the weights w [R S C/Groups K] and, per output channel, what they are
// multiplied by and what is added.
func (a *Algorithm) Fold(w, scale, shift []float32) *Folded {
	l := a.method.layout()
	f := &Folded{a, make([]float32, l.weights), make([]float32, l.bias)}
	f.Fold(w, scale, shift)
	return f
}

// Fold takes other values, into the same memory.
func (f *Folded) Fold(w, scale, shift []float32) {
	k := takeWork(f.algorithm.method.workspace().Fold)
	defer k.release()
	f.algorithm.method.fold(k, f, w, scale, shift)
}

// With is the same, with the same memory for weights, for the algorithm of other
// numbers and sizes of pictures; ok is false where that needs them to lie
// differently.
func (f *Folded) With(a *Algorithm) (with *Folded, ok bool) {
	return &Folded{a, f.weights, f.bias}, f.algorithm.method.layout() == a.method.layout()
}

// Forward computes y [N OH OW K] from x [N H W C]; shortcut is like y, or nil.
func (f *Folded) Forward(y, x, shortcut []float32, a Activation) {
	k := takeWork(f.algorithm.method.workspace().Folded)
	defer k.release()
	f.algorithm.method.folded(k, f, y, x, shortcut, a)
}
