package main

import (
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) { clitest.Usage(t, "bench", -1, "batch") }
