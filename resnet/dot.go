package resnet

import (
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
)

// foldFrom is the number of units from which equal neighbours are drawn once.
const foldFrom = 10

// stageColors fill the stages, endColor the stem and the head.
var stageColors = []string{"#dcebf7", "#ddf1de", "#fdf0d2", "#fae0d6", "#ece0f5"}

const endColor = "#eef0f2"

// WriteDOT writes the network as a Graphviz graph, from top to bottom: a box for
// each unit with its convolutions, a coloured stage around them with the shape of
// its output, the shortcuts beside the units, dashed where they are not the
// identity. In deep networks equal units that follow each other are one box with
// a count.
func (s Summary) WriteDOT(w io.Writer) error {
	d := &drawing{end: "picture"}
	sum := s.Total()
	d.line(0, "digraph %s {", quote(s.Info.Name))
	d.line(1, `graph [rankdir=TB, ranksep=0.25, nodesep=0.3, pad=0.3, fontname="Helvetica,Arial,sans-serif", labelloc=t, label=<<FONT POINT-SIZE="20"><B>%s</B></FONT><BR/>%s parameters, %s multiply-adds<BR/> >];`,
		html.EscapeString(s.Info.Name), grouped(int64(sum.Parameters)), grouped(sum.MultiplyAdds))
	d.line(1, `node [shape=box, style="rounded,filled", fillcolor=white, color="#5a6570", fontname="Helvetica,Arial,sans-serif", fontsize=12, width=1.6, height=0.3, margin="0.12,0.06"];`)
	d.line(1, `edge [color="#5a6570", arrowsize=0.6, weight=1];`)
	d.line(1, `picture [label=<picture %s>, shape=plain, style="", group=spine];`, times(extent([]int{s.Info.Input, s.Info.Input, 3})))
	fold := s.units() >= foldFrom
	stages := 0
	for _, stage := range runs(s.Layers, func(l Layer) string { return l.Stage }) {
		sum := total(stage[0].Stage, stage)
		color := endColor
		if sum.Stage != "stem" && sum.Stage != "head" {
			color = stageColors[stages%len(stageColors)]
			stages++
		}
		d.line(1, "subgraph %s {", quote("cluster_"+sum.Stage))
		d.line(2, `graph [style="rounded,filled", color=%s, label="", margin=10];`, quote(color))
		d.stage(sum.Stage, times(extent(sum.Shape)))
		parts := runs(stage, partOf)
		for j := 0; j < len(parts); {
			count := 1
			for fold && j+count < len(parts) && parts[j][0].Unit != "" && same(parts[j], parts[j+count]) {
				count++
			}
			d.part(parts[j], count)
			j += count
		}
		d.line(1, "}")
	}
	for _, arc := range d.arcs {
		d.line(1, "%s;", arc)
	}
	d.line(0, "}")
	_, err := io.WriteString(w, d.text.String())
	return err
}

// units is the number of units of the network.
func (s Summary) units() (n int) {
	for _, part := range runs(s.Layers, partOf) {
		if part[0].Unit != "" {
			n++
		}
	}
	return n
}

// drawing is a graph being written: a straight spine of boxes, the shortcuts on
// the right of it, the stages' captions on the right of those.
type drawing struct {
	text    strings.Builder
	nodes   int
	end     string // the node that the next part reads
	caption string // the latest one
	fresh   bool   // nothing stands beside it yet
	arcs    []string
}

func (d *drawing) line(indent int, format string, args ...any) {
	fmt.Fprintf(&d.text, strings.Repeat("\t", indent)+format+"\n", args...)
}

func (d *drawing) arc(from, to, attributes string) {
	if attributes != "" {
		attributes = " [" + attributes + "]"
	}
	d.arcs = append(d.arcs, from+" -> "+to+attributes)
}

// node adds a node with the given label, in HTML, and attributes.
func (d *drawing) node(label, attributes string) string {
	d.nodes++
	name := "n" + strconv.Itoa(d.nodes)
	d.line(2, "%s [label=<%s>%s];", name, label, attributes)
	return name
}

// stage begins a stage with its caption.
func (d *drawing) stage(name, shape string) {
	above := d.caption
	d.caption = d.node(fmt.Sprintf(`<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0" WIDTH="82"><TR><TD ALIGN="LEFT"><B>%s</B></TD></TR><TR><TD ALIGN="LEFT">%s</TD></TR></TABLE>`,
		html.EscapeString(name), shape), `, shape=plain, style="", group=captions`)
	d.fresh = true
	if above != "" {
		d.arc(above, d.caption, "style=invis, weight=50")
	}
}

// part draws a unit, or a layer outside units, that occurs count times.
func (d *drawing) part(layers []Layer, count int) {
	branch, shortcut, joins := split(layers)
	label := strings.Join(branch, "<BR/>")
	if count > 1 {
		label += fmt.Sprintf("<BR/><B>× %d</B>", count)
	}
	from := d.end
	box := d.node(label, ", group=spine")
	d.arc(from, box, "weight=50")
	d.end = box
	if joins {
		d.end = d.node("+", `, shape=circle, width=0.22, fixedsize=true, margin=0, group=spine`)
		d.arc(box, d.end, "weight=50")
	}
	beside := []string{box}
	switch {
	case joins && len(shortcut) > 0:
		side := d.node(strings.Join(shortcut, "<BR/>"), `, style="rounded,filled,dashed", width=1.2`)
		d.arc(from, side, "style=dashed")
		d.arc(side, d.end, "style=dashed")
		beside = append(beside, side)
	case joins && d.fresh: // from the stage before, between spine and caption
		side := d.node("", `, shape=point, width=0.01, color="#5a6570", fillcolor="#5a6570"`)
		d.arc(from, side, "arrowhead=none, tailport=e, headport=n")
		d.arc(side, d.end, "tailport=s, headport=e")
		beside = append(beside, side)
	case joins:
		d.arc(from, d.end, "constraint=false, tailport=e, headport=e")
	}
	if d.fresh {
		beside = append(beside, d.caption)
		d.fresh = false
	}
	if len(beside) > 1 { // in this order from left to right
		d.line(2, "{ rank=same; %s [style=invis]; }", strings.Join(beside, " -> "))
	}
}

// split tells apart what is on a unit's residual branch and on its shortcut.
func split(layers []Layer) (branch, shortcut []string, joins bool) {
	for _, l := range layers {
		joins = joins || l.Joins
		switch {
		case l.Shortcut:
			shortcut = append(shortcut, html.EscapeString(times(l.String())))
		case l.Unit == "" || l.kind != graph.KindGlobalAvgPool:
			branch = append(branch, html.EscapeString(times(l.String())))
		}
	}
	return branch, shortcut, joins
}

// same tells whether two units are drawn alike.
func same(a, b []Layer) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].String() != b[i].String() || a[i].Shortcut != b[i].Shortcut || a[i].Joins != b[i].Joins {
			return false
		}
	}
	return true
}

// times writes 3x3 with the sign of multiplication.
func times(text string) string {
	runes := []rune(text)
	digit := func(i int) bool { return i >= 0 && i < len(runes) && runes[i] >= '0' && runes[i] <= '9' }
	for i, r := range runes {
		if r == 'x' && digit(i-1) && digit(i+1) {
			runes[i] = '×'
		}
	}
	return string(runes)
}

// quote writes a string as DOT has it.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
