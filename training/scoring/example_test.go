package scoring_test

import (
	"fmt"
	"log"
	"os"

	"github.com/gorgonet/gorgonet/training/scoring"
)

// The scores that a network gives to three pictures, compared with what they show.
func Example() {
	classes := []string{"cat", "dog", "fox"}
	tally, err := scoring.NewTally(len(classes))
	if err != nil {
		log.Fatal(err)
	}
	for i, logits := range [][]float32{{4, 1, 0}, {1, 3, 2}, {0, 5, 4}} {
		best := scoring.Top(logits, 1)[0]
		fmt.Printf("%s %.2f, is %s\n", classes[best.Class], best.Probability, classes[i])
		answer, err := scoring.Judge(i, logits)
		if err != nil {
			log.Fatal(err)
		}
		if err := tally.Add(answer); err != nil {
			log.Fatal(err)
		}
	}
	top1, _ := tally.Errors()
	fmt.Printf("top-1 error %.2f\n", top1)
	if err := tally.Confusion().Write(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// cat 0.94, is cat
	// dog 0.67, is dog
	// dog 0.73, is fox
	// top-1 error 0.33
	// class,predicted,times
	// 0,0,1
	// 1,1,1
	// 2,1,1
}
