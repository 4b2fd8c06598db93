package main

import (
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestUsage(t *testing.T) { clitest.Usage(t, "summary", -1, "model") }
