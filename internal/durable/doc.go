// Package durable writes files that are whole or not there, whenever the process
// is killed, the disk is full or the power fails.
package durable
