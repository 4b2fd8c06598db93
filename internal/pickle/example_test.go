package pickle_test

import (
	"fmt"
	"log"

	"github.com/gorgonet/gorgonet/internal/pickle"
)

// A dict that Python has pickled, with a class of which only the name is read.
func Example() {
	data := []byte("\x80\x02}q\x00(X\x05\x00\x00\x00epochq\x01K\x5aX\x05\x00\x00\x00modelq\x02cos\nsystem\nq\x03u.")
	var r pickle.Reader
	v, _, err := r.Read(data)
	if err != nil {
		log.Fatal(err)
	}
	d := v.(*pickle.Dict)
	fmt.Println(d.Get("epoch"), pickle.Describe(d.Get("model")))
	// Output: 90 os.system
}
