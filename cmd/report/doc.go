// Report makes the page of one or several runs from their records, also of runs that have
// not ended:
//
//	go run ./cmd/report runs/resnet20-20260101-120000
//	go run ./cmd/report -out compared runs/resnet20-20260101-120000 runs/plain20-20260102-120000
//
// The first makes report.html and its figures, as SVG and PNG, in the run's own directory,
// as the run does when it ends; the second one page of several runs with their curves over
// one another, outcomes and settings side by side, and what each network took for what.
package main
