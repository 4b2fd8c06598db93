package cifar

// one is the unit of the plane that shapes live in: they are about as large as
// its unit disc. Integers give an image the same bytes on every machine, which
// floating-point arithmetic, fused on some, would not.
const one = 1 << 10

// outline tells whether a point is in a figure: u right and v down of the
// centre, both in units of 1/one and at most reach in size.
type outline func(u, v int) bool

// reach bounds the distance of every outline's points from the centre.
const reach = one * 5 / 4

// shape is a class of Synthetic.
type shape struct {
	name   string
	inside outline
	// upright shapes differ by direction alone: they are tilted a little, all
	// others are turned at random.
	upright bool
}

// shapes are the classes of Synthetic in label order. None turns into another
// when it is mirrored.
var shapes = []shape{
	{name: "disc", inside: inDisc},
	{name: "ring", inside: func(u, v int) bool {
		return inDisc(u, v) && u*u+v*v >= 640*640
	}},
	{name: "crescent", inside: func(u, v int) bool {
		return inDisc(u, v) && (u-420)*(u-420)+v*v >= 800*800
	}},
	{name: "triangle", inside: func(u, v int) bool {
		// Three lines half a unit from the centre, at 120 degrees.
		return 2*v <= one && 2*(887*abs(u)-512*v) <= one*one
	}},
	{name: "square", inside: inSquare},
	{name: "cross", inside: func(u, v int) bool {
		u, v = abs(u), abs(v)
		return max(u, v) <= one && min(u, v) <= 270
	}},
	{name: "star", inside: inStar},
	{name: "horizontal stripes", upright: true, inside: func(u, v int) bool {
		return inSquare(u, v) && band(v, 5)%2 == 0
	}},
	{name: "vertical stripes", upright: true, inside: func(u, v int) bool {
		return inSquare(u, v) && band(u, 5)%2 == 0
	}},
	{name: "checker", inside: func(u, v int) bool {
		return inSquare(u, v) && (band(u, 4)+band(v, 4))%2 == 0
	}},
}

func inDisc(u, v int) bool { return u*u+v*v <= one*one }

// inner is half the side of the square.
const inner = 850

func inSquare(u, v int) bool { return max(abs(u), abs(v)) <= inner }

// band numbers the n bands of equal width that the square is cut into.
func band(x, n int) int { return (x + inner) * n / (2 * inner) }

// inStar is true where at most one of the five lines that bound the inner
// pentagon is crossed: in the pentagon and in the points.
func inStar(u, v int) bool {
	crossed := 0
	for _, normal := range starNormals {
		if normal.u*u+normal.v*v > 370*one {
			crossed++
		}
	}
	return crossed <= 1
}

var starNormals = [5]struct{ u, v int }{{0, 1024}, {974, 316}, {602, -828}, {-602, -828}, {-974, 316}}

// bar is a rectangle of half a unit's thickness divided by thinness.
func bar(thinness int) outline {
	return func(u, v int) bool { return abs(u) <= one && abs(v)*thinness <= one }
}

// blob is an ellipse whose axes are as thinness to one.
func blob(thinness int) outline {
	return func(u, v int) bool { return u*u+square(v*thinness) <= one*one }
}

func square(x int) int { return x * x }

func abs(x int) int { return max(x, -x) }
