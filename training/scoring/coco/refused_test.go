package coco

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

func TestRefused(t *testing.T) {
	object := annotations.Object{ID: 1, Box: annotations.Box{Width: 4, Height: 4}, Area: 16}
	set := func(objects ...annotations.Object) *annotations.Set {
		return &annotations.Set{
			Categories: []annotations.Category{{ID: 1, Name: "c"}},
			Pictures:   []annotations.Picture{{ID: 3, Size: annotations.Size{Height: 8, Width: 8}, Objects: objects}},
		}
	}
	beyond := object
	beyond.Category = 1
	for name, c := range map[string]struct {
		set   *annotations.Set
		found annotations.Detection
		kind  Kind
		want  string
	}{
		"nil":             {nil, annotations.Detection{}, Boxes, "want a set, got nil"},
		"picture":         {set(object), annotations.Detection{Picture: 1}, Boxes, "detection 0 is of picture 1"},
		"before":          {set(object), annotations.Detection{Picture: -1}, Boxes, "detection 0 is of picture -1"},
		"category":        {set(object), annotations.Detection{Category: 1}, Boxes, "detection 0 is of category 1"},
		"score":           {set(object), annotations.Detection{Score: math.NaN()}, Boxes, "no number"},
		"twice":           {set(object, object), annotations.Detection{}, Boxes, "two objects have the id 1"},
		"object's":        {set(beyond), annotations.Detection{}, Boxes, "annotation 1 is of category 1"},
		"no mask":         {set(object), annotations.Detection{}, Masks, "annotation 1 of picture 3 has no mask"},
		"a box of no one": {set(object), annotations.Detection{Box: annotations.Box{X: math.Inf(1)}}, Masks, "coco: "},
	} {
		_, err := Evaluate(c.set, []annotations.Detection{c.found}, c.kind)
		if err == nil || !strings.HasPrefix(err.Error(), "coco: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error with %q, got %v", name, c.want, err)
		}
	}
	// No objects, no categories and nothing found: there are no figures, which is no error.
	for name, s := range map[string]*annotations.Set{"no objects": set(), "nothing": {}} {
		if r, err := Evaluate(s, nil, Boxes); err != nil || r.AP != -1 || r.AR100 != -1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if r, err := Evaluate(set(object), []annotations.Detection{{Category: -1, Box: object.Box}}, Boxes); err != nil || r.AP != 0 {
		t.Errorf("a detection of no category: %+v, %v", r, err)
	}
}
