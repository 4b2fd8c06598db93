package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/gorgonet/gorgonet/graph"
)

// row sums up the operations that a table shows as one.
type row struct {
	name         string
	operations   int
	time         time.Duration // of all runs
	multiplyAdds int64
}

// rows groups the times by name, the longest first.
func rows(times []graph.OperationTime, name func(graph.OperationTime) string) []*row {
	var out []*row
	byName := map[string]*row{}
	for _, t := range times {
		key := name(t)
		if key == "" {
			continue
		}
		r := byName[key]
		if r == nil {
			r = &row{name: key}
			byName[key] = r
			out = append(out, r)
		}
		r.operations++
		r.time += t.Time
		r.multiplyAdds += t.Work()
	}
	slices.SortStableFunc(out, func(a, b *row) int { return int(b.time - a.time) })
	return out
}

// writeOperations prints the time of each kind of operation.
func writeOperations(w io.Writer, times []graph.OperationTime, steps int, total time.Duration) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "operations\tms a step\tshare\t  kind")
	rest := total
	for _, r := range rows(times, graph.OperationTime.String) {
		fmt.Fprintf(t, "%d\t%.2f\t%.1f %%\t  %s\n", r.operations, milliseconds(r.time, steps), percent(r.time, total), r.name)
		rest -= r.time
	}
	fmt.Fprintf(t, "\t%.2f\t%.1f %%\t  Gorgonia and the solver\n", milliseconds(rest, steps), percent(rest, total))
	return t.Flush()
}

// writeKernels prints the speed of each shape of convolution, against the peak.
func writeKernels(w io.Writer, times []graph.OperationTime, steps int) error {
	name, peak := graph.Kernels()
	fmt.Fprintf(w, "kernels %s, peak %.0f GFLOP/s on all processors; Winograd's products are counted as the direct ones they replace\n", name, peak/1e9)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "layers\tms a step\tGFLOP/s\tof peak\t  convolution")
	for _, r := range rows(times, func(t graph.OperationTime) string {
		conv, ok := t.Attributes.(graph.ConvAttributes)
		if t.Absorbed != nil {
			conv, ok = t.Absorbed.Attributes.(graph.ConvAttributes)
		}
		if !ok {
			return ""
		}
		return fmt.Sprintf("%v, to %dx%d: %v", conv, conv.Output[0], conv.Output[1], t)
	}) {
		speed := 2 * float64(r.multiplyAdds) * float64(steps) / max(r.time.Seconds(), 1e-9)
		share := "-"
		if peak > 0 {
			share = fmt.Sprintf("%.0f %%", 100*speed/peak)
		}
		fmt.Fprintf(t, "%d\t%.2f\t%.1f\t%s\t  %s\n", r.operations, milliseconds(r.time, steps), speed/1e9, share, r.name)
	}
	return t.Flush()
}

func milliseconds(d time.Duration, steps int) float64 { return 1e3 * d.Seconds() / float64(steps) }

func percent(d, total time.Duration) float64 { return 100 * d.Seconds() / total.Seconds() }
