// Package training is the loop that trains and evaluates a network: a Task says what for, a
// Loader prepares the batches of a Dataset, a Schedule gives the learning rate, an Optimizer
// updates the parameters, and a Trainer ties them together, writes checkpoints and keeps the
// records in a Directory.
//
// The Example trains a network, shows how far it has come, saves it, and predicts with the
// file alone. Others are those of [NewPass], which reads a data set in batches, of
// [ParseSchedule], and of [Optimizer]: training with AdamW, and with an optimizer of one's
// own.
//
// # Tasks
//
// [Classification] is what a network is trained for where nothing else is said, with weights
// of classes and labels to ignore. [MultiLabel] and [Regression] are others, and have Examples;
// PyTorch's numbers for all three are in the tests. A [Task] of one's own names the fields
// that a data set, which is [Fielded], gives with every picture; its [Objective] has the loss
// in a graph and a [Meter] for the metrics that log, events, reports, [Plateau], [Stopper] and
// the best checkpoint then go by. A [FieldModel] reads fields too. Denoising, whose target is
// the noise in a picture and whose network reads how much of it there is, needs no task of its
// own, since its loss is a Regression's:
//
//	func (network) Fields([]int) []training.Field { return []training.Field{{Name: "time", Shape: []int{1}}} }
//	func (network) BuildFields(b *graph.Builder, in map[string]*gorgonia.Node) gorgonia.Nodes {
//		return gorgonia.Nodes{denoise(b, in["images"], in["time"])}
//	}
//	func (d noisy) ExampleFields(i int, rng *rand.Rand, picture []float32, to training.Fields) (int32, error) {
//		label, err := d.Example(i, rng, picture)
//		to.Floats("time")[0] = addNoise(picture, to.Floats(training.TargetsField), rng)
//		return label, err
//	}
//	training.New(training.Config{Task: training.Regression{Shape: []int{32, 32, 3}}, Model: network{}, Train: noisy{...}, ...})
//
// # Optimizers
//
// [SGD], as in the paper, [AdamW], [Adam], [RMSProp], also as EfficientNet's recipe has it,
// and [LAMB] are values of settings; torch.optim's numbers are in the tests. What they keep
// of each parameter, their slots, goes into checkpoints under the names of PyTorch's, and
// takes memory that is counted. [Groups] leave biases and norms out of weight decay and
// give layers rates of their own. A gorgonia.Solver trains too, and resumes where it is
// [Resumable]. What else belongs to a run rides in its checkpoints by Config.Carry; the count
// of a [Stopper] does so by itself.
//
// # What a run may rely on, and how each promise is tested
//
// Kill. After SIGKILL at any moment a run starts from a whole checkpoint, loses no more than
// the time between two of them (the commands' -save-every), and ends in the same weights,
// rows and events, bit for bit.
// GORGONET_KILLS=200 go test ./cmd/cifar-train -run Kill -timeout 60m -v kills 200 times at
// random moments, ./cmd/degradation-experiment has the same test; a few kills are part of
// the ordinary tests.
//
// Disk. Files are written beside their name, synced and renamed, so none is ever half there;
// rows and events are added whole or not at all. On a full disk a run ends with one line,
// its last checkpoint stays readable, and it can be resumed once there is room (tested on a
// small file system of its own, where the tests may mount one). What a crash left behind is
// cleared away.
//
// Corruption. Checkpoints carry a SHA-256. Where the newest is damaged a run goes back to the
// one before and says so. For every kind of file that is read the tests try every truncation
// and 10,000 random flips: an error or a right result, in bounded memory. Weights from
// elsewhere, CSV files and JPEGs have no checksum; there a flip can be another valid file.
//
// Strangers. Pickles construct nothing but tensors, archives are read in memory and never
// unpacked to files, sizes in headers are held against the size of the file. Downloads are
// HTTPS only, on redirects too, bounded in size, and must fit their checksum. Reports escape
// every name. Every parser has a fuzz target with a corpus (go test -fuzz 'FuzzTorch$'
// ./graph/weights, and so on).
//
// Two at once. A second process in the directory of a run is refused with the process id and
// host of the first. The lock is the operating system's and ends with its process; on network
// file systems it is as good as theirs.
//
// Numbers. When the loss or a gradient stops being finite, training stops and names the layer
// and operation where that began (see graph.Anomaly); nothing that is not finite is saved.
// [Directory.GoBack] returns to the last checkpoint that is not ruined and goes on with half
// the rate, Config.Clip shortens long gradients, Config.DetectAnomaly looks at every value of
// every step (about twice the time); the commands have -retries, -clip-norm and
// -detect-anomaly for them.
//
// Long. Over 20,000 steps with 800 evaluations and checkpoints, goroutines (6) and open files
// (11) stay the same, the heap goes from 1.9 to 2.5 MB and resident memory from 20.1 to 23.5
// MB (GORGONET_STEPS=20000 go test ./training -run 'TestLong$' -v).
//
// Concurrency. Several trainers run in one process, and a cancelled context ends a run within
// a step, after which it can go on (tested under the race detector). One seed gives the same
// numbers whatever the number of processors, on one kind of vector instructions.
//
// Memory. A network that does not fit is refused before it takes memory, with loaders and
// evaluation counted; see package graph.
//
// # How it differs from the paper
//
// Training batches are cut from an endless stream of shuffled epochs, so all of them are
// full; one may cross from an epoch into the next.
package training
