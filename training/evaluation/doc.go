// Package evaluation measures networks on photographs: the top-1 and top-5 error of a
// network, or of an ensemble whose scores are averaged. It shows them the middle of each
// picture, ten crops, or whole pictures of several sizes, as He et al. 2015
// (arXiv:1512.03385), section 3.4, and fb.resnet.torch do. The Example measures a network
// on a folder of pictures.
//
// An [Evaluation] keeps its records in a directory:
//
//	predictions.csv  a row per picture: rank of the right class, the five best with scores
//	classes.csv      a row per class
//	confusion.csv    what was taken for what
//	result.json      the outcome
//	report.html      a page that shows it
//	mistakes.png     the worst mistakes
//
// predictions.csv grows while it runs; the rest comes at the end. One that was interrupted
// goes on to the same bits.
package evaluation
