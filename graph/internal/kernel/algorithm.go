package kernel

// Algorithm computes one convolution, and its gradients, one way. It keeps nothing
// but its shape, so it may run several times at once.
type Algorithm struct {
	Conv
	method method
}

// method is a way to compute a convolution, in memory that is given it. What it
// takes are the arguments of Algorithm's and Folded's methods.
type method interface {
	name() string
	forward(k work, y, x, w []float32, m *Moments)
	backwardInput(k work, dx, dy, w, add []float32)
	backwardWeights(k work, dw, x, dy []float32)
	// fold writes the folded weights and bias, of the lengths that layout says.
	fold(k work, f *Folded, w, scale, shift []float32)
	folded(k work, f *Folded, y, x, shortcut []float32, a Activation)
	// layout is how folded weights lie: the same for methods that can share them.
	layout() layout
	workspace() Workspaces
}

// layout is how the weights of a Folded lie.
type layout struct {
	name          string
	weights, bias int // lengths
}

// Workspace is what an operation works in besides what it reads and writes: so many
// floats, and sums of float64.
type Workspace struct {
	Held int // floats, while it runs
	Sums int // the same
	Task int // floats on each processor
}

// Workspaces are those of what an algorithm can do.
type Workspaces struct {
	Forward, BackwardInput, BackwardWeights Workspace
	Moments                                 int // Sums of Forward where it takes moments

	Fold, Folded Workspace // folding, and running as folded
	Prologue     Workspace // besides, of what is folded with a prologue
	Kept         int       // floats of a Folded
}

// Choose is the algorithm for a convolution, which is Resolved.
func Choose(c Conv) *Algorithm { return Algorithms(c)[0] }

// Algorithms are all that this processor has for a convolution, the best first.
func Algorithms(c Conv) (all []*Algorithm) {
	for _, m := range unit.methods(c) {
		all = append(all, &Algorithm{c, m})
	}
	return all
}

// Name is that of the algorithm, such as winograd.
func (a *Algorithm) Name() string { return a.method.name() }

// Workspace is what the algorithm works in.
func (a *Algorithm) Workspace() Workspaces { return a.method.workspace() }

// Forward computes y [N OH OW K] from x [N H W C] and w [R S C/Groups K], and the
// moments of y's channels unless m is nil.
func (a *Algorithm) Forward(y, x, w []float32, m *Moments) {
	k := takeWork(a.method.workspace().Forward)
	defer k.release()
	a.method.forward(k, y, x, w, m)
}

// BackwardInput computes dx [N H W C] from dy [N OH OW K] and w [R S C/Groups K],
// plus what add holds unless that is nil. The two must not share memory.
func (a *Algorithm) BackwardInput(dx, dy, w, add []float32) {
	k := takeWork(a.method.workspace().BackwardInput)
	defer k.release()
	a.method.backwardInput(k, dx, dy, w, add)
}

// BackwardWeights computes dw [R S C/Groups K] from x [N H W C] and dy [N OH OW K].
func (a *Algorithm) BackwardWeights(dw, x, dy []float32) {
	k := takeWork(a.method.workspace().BackwardWeights)
	defer k.release()
	a.method.backwardWeights(k, dw, x, dy)
}
