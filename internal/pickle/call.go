package pickle

import "slices"

// construct does the opcodes of classes and calls.
func (r *Reader) construct(op byte, argument []byte) bool {
	switch op {
	case 'c':
		r.push(globalOf(argument))
	case 0x93:
		name, _ := r.pop().(string)
		module, _ := r.pop().(string)
		r.push(Global{module, name})
	case 'i':
		r.push(r.call(globalOf(argument), slices.Clone(r.popMark())))
	case 'o':
		v := slices.Clone(r.popMark())
		if len(v) == 0 {
			damaged("an object of no class")
		}
		r.push(r.call(v[0], v[1:]))
	case 'R', 0x81:
		args := r.popArguments()
		r.push(r.call(r.pop(), args))
	case 0x92:
		r.pop() // keywords
		args := r.popArguments()
		r.push(r.call(r.pop(), args))
	case 'b':
		state := r.pop()
		if o, ok := (*r.top()).(*Object); ok {
			o.State = state
		}
	case 0x82, 0x83, 0x84:
		r.push(&Object{Class: "a registered extension"})
	default:
		return false
	}
	return true
}

// popArguments takes a call's tuple.
func (r *Reader) popArguments() []any {
	args, ok := Tuple(r.pop())
	if !ok {
		damaged("a call without a tuple")
	}
	return args
}

// refer gives what a persistent id refers to.
func (r *Reader) refer(id []any) any {
	if r.Reference == nil {
		damaged("a reference to something outside of it")
	}
	v, err := r.Reference(id)
	if err != nil {
		panic(damage{err})
	}
	return v
}

// Make gives what stands for the result of a class or function f, for Call: some calls
// are of another function.
func (r *Reader) Make(f any, args []any) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			d, ok := p.(damage)
			if !ok {
				panic(p)
			}
			v, err = nil, d.error
		}
	}()
	return r.call(f, args), nil
}

// call gives what stands for the result of a class or function.
func (r *Reader) call(f any, args []any) any {
	g, ok := f.(Global)
	if !ok {
		if o, isObject := f.(*Object); isObject {
			return &Object{Class: o.Class, Args: args}
		}
		damaged("a call of %s", Describe(f))
	}
	first := func() any {
		if len(args) == 0 {
			damaged("%s of nothing", g.Name)
		}
		return args[0]
	}
	switch g.String() {
	case "collections.OrderedDict", "builtins.dict", "__builtin__.dict":
		return r.dictOf(args)
	case "copy_reg.__newobj__", "copyreg.__newobj__":
		return r.call(first(), args[1:])
	case "copy_reg._reconstructor", "copyreg._reconstructor":
		return &Object{Class: Describe(first()), Args: args[1:]}
	}
	if r.Call != nil {
		v, known, err := r.Call(g, args)
		if err != nil {
			panic(damage{err})
		}
		if known {
			return v
		}
	}
	return &Object{Class: g.String(), Args: args}
}

// dictOf makes a dict, of a list of pairs where Python 2 gives one.
func (r *Reader) dictOf(args []any) any {
	if len(args) == 0 {
		return &Dict{}
	}
	switch of := args[0].(type) {
	case *Dict:
		return &Dict{of.Pairs[:len(of.Pairs):len(of.Pairs)]}
	case *List:
		pairs, ok := r.pairs[of] // one list can make many dicts
		if !ok {
			pairs = make([]Pair, 0, len(of.Items))
			for _, x := range of.Items {
				if l, _ := x.Value.(*List); l != nil && len(l.Items) == 2 {
					pairs = append(pairs, Pair{l.Items[0].Value, l.Items[1].Value})
				}
			}
			r.pairs[of] = pairs
		}
		return &Dict{pairs[:len(pairs):len(pairs)]}
	}
	return &Object{Class: "dict", Args: args}
}
