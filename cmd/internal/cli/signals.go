package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// patience is how long after the first signal a word on the second one is due.
const patience = 3 * time.Second

// untilSignal is a context that ends at the first signal to stop. After it, SIGINT and
// SIGTERM kill; SIGHUP does not, since a closed terminal sends it more than once, and
// neither does writing to what has been closed.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		<-signals
		signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		cancel()
		time.AfterFunc(patience, func() { Warnf("still ending what is under way; a second Ctrl-C ends at once") })
	}()
	return ctx
}
