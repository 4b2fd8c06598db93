// Package misuse is for tests: it calls every method of values that nobody has made.
package misuse

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"testing"
)

// Methods calls every exported method of the values, such as nil pointers and zero
// structs, with arguments that are nil or zero, and wants none to panic, and an error of
// those of nil pointers that have one to give and are not among the names of silent.
func Methods(t *testing.T, silent []string, values ...any) {
	t.Helper()
	quiet := map[string]bool{}
	for _, name := range silent {
		quiet[name] = true
	}
	for _, v := range values {
		r := reflect.ValueOf(v)
		for i := range r.NumMethod() {
			name := r.Type().String() + "." + r.Type().Method(i).Name
			out, panicked := call(r.Method(i))
			if panicked != nil {
				t.Errorf("%s, of %+.40v: %v", name, v, panicked)
				continue
			}
			if r.Kind() != reflect.Pointer || !r.IsNil() || quiet[r.Type().Method(i).Name] || len(out) == 0 {
				continue
			}
			if last := out[len(out)-1]; last.Type() == reflect.TypeFor[error]() && last.IsNil() {
				t.Errorf("%s of nil has no error", name)
			}
		}
	}
}

// failure is the panic of a method.
type failure struct {
	value any
	stack []byte
}

func (f *failure) String() string { return fmt.Sprintf("%v\n%s", f.value, f.stack) }

// call calls a function with zero values, but with a context and a writer where it wants
// those.
func call(f reflect.Value) (out []reflect.Value, panicked *failure) {
	defer func() {
		if r := recover(); r != nil {
			panicked = &failure{r, debug.Stack()}
		}
	}()
	var in []reflect.Value
	n := f.Type().NumIn()
	if f.Type().IsVariadic() {
		n-- // none of them
	}
	for i := range n {
		t := f.Type().In(i)
		switch t {
		case reflect.TypeFor[context.Context]():
			in = append(in, reflect.ValueOf(context.Background()))
		case reflect.TypeFor[io.Writer]():
			in = append(in, reflect.ValueOf(io.Discard))
		default:
			in = append(in, reflect.Zero(t))
		}
	}
	return f.Call(in), nil
}
