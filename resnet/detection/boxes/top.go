package boxes

import (
	"container/heap"
	"slices"
)

// Top are the numbers of the k highest scores, from the highest on, equal ones in order.
func Top(scores []float32, k int) []int {
	if k >= len(scores) {
		return Descending(scores)
	}
	t := top{scores: scores, kept: make([]int, 0, k)}
	for i, s := range scores {
		switch {
		case len(t.kept) < k:
			heap.Push(&t, i)
		case k > 0 && s > scores[t.kept[0]]: // an equal one comes later and goes
			t.kept[0] = i
			heap.Fix(&t, 0)
		}
	}
	slices.SortFunc(t.kept, func(i, j int) int {
		if t.worse(j, i) {
			return -1
		}
		return 1
	})
	return t.kept
}

// top is the heap of the highest scores so far, the lowest of them first.
type top struct {
	scores []float32
	kept   []int
}

// worse tells whether i comes after j.
func (t *top) worse(i, j int) bool {
	return t.scores[i] < t.scores[j] || t.scores[i] == t.scores[j] && i > j
}

func (t *top) Len() int           { return len(t.kept) }
func (t *top) Less(a, b int) bool { return t.worse(t.kept[a], t.kept[b]) }
func (t *top) Swap(a, b int)      { t.kept[a], t.kept[b] = t.kept[b], t.kept[a] }
func (t *top) Push(i any)         { t.kept = append(t.kept, i.(int)) }

// Pop is for heap.Interface; nothing is taken out.
func (t *top) Pop() any {
	last := len(t.kept) - 1
	i := t.kept[last]
	t.kept = t.kept[:last]
	return i
}
