// Package resnet turns configurations into whole networks and names the
// well-known ones.
package resnet
