package main

import (
	"reflect"
	"testing"

	"github.com/gorgonet/gorgonet/cifar"
)

func TestNormalization(t *testing.T) {
	set := cifar.Synthetic(1, 4, 1).Train
	for text, want := range map[string]cifar.Normalization{
		"pixel":                         cifar.PerPixelMean(set),
		"channel":                       cifar.PerChannel(cifar.ChannelStatistics(set)),
		"imagenet":                      cifar.PerChannel([3]float32{.485, .456, .406}, [3]float32{.229, .224, .225}),
		".485,.456,.406/.229,.224,.225": cifar.PerChannel([3]float32{.485, .456, .406}, [3]float32{.229, .224, .225}),
		"0,-0.5,1e-1/1,0.5,.25":         cifar.PerChannel([3]float32{0, -.5, .1}, [3]float32{1, .5, .25}),
	} {
		s := options{Normalize: text}
		if got, err := s.normalization(set); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "none", "1,2/1,1", "1,2,3", "1,2,3/", "1,2,3/1,1", "1,2,3/1,1,0", "1,2,3/1,1,-1", "1,2,x/1,1,1",
		"NaN,0,0/1,1,1", "0,0,0/1,1,Inf", "0,0,0,0/1,1,1", "0,0,0/1,1,1/1",
		"125.3,123,113.9/63,62.1,66.7", "0.49,0.48,0.45/63,62.1,66.7"} {
		s := options{Normalize: text}
		if _, err := s.normalization(set); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}
