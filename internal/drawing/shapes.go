package drawing

// One is the unit of the plane that shapes live in: they are about as large as
// its unit disc. Integers give an image the same bytes on every machine, which
// floating-point arithmetic, fused on some, would not.
const One = 1 << 10

// Outline tells whether a point is in a figure: u right and v down of the
// centre, both in units of 1/One and at most Reach in size.
type Outline func(u, v int) bool

// Reach bounds the distance of every Outline's points from the centre.
const Reach = One * 5 / 4

// Shape is a class of the data sets that are drawn.
type Shape struct {
	Name   string
	Inside Outline
	// Upright shapes differ by direction alone: they are tilted a little, all
	// others are turned at random.
	Upright bool
}

// Shapes are the classes in label order. None turns into another
// when it is mirrored.
var Shapes = []Shape{
	{Name: "disc", Inside: inDisc},
	{Name: "ring", Inside: func(u, v int) bool {
		return inDisc(u, v) && u*u+v*v >= 640*640
	}},
	{Name: "crescent", Inside: func(u, v int) bool {
		return inDisc(u, v) && (u-420)*(u-420)+v*v >= 800*800
	}},
	{Name: "triangle", Inside: func(u, v int) bool {
		// Three lines half a unit from the centre, at 120 degrees.
		return 2*v <= One && 2*(887*abs(u)-512*v) <= One*One
	}},
	{Name: "square", Inside: inSquare},
	{Name: "cross", Inside: func(u, v int) bool {
		u, v = abs(u), abs(v)
		return max(u, v) <= One && min(u, v) <= 270
	}},
	{Name: "star", Inside: inStar},
	{Name: "horizontal stripes", Upright: true, Inside: func(u, v int) bool {
		return inSquare(u, v) && band(v, 5)%2 == 0
	}},
	{Name: "vertical stripes", Upright: true, Inside: func(u, v int) bool {
		return inSquare(u, v) && band(u, 5)%2 == 0
	}},
	{Name: "checker", Inside: func(u, v int) bool {
		return inSquare(u, v) && (band(u, 4)+band(v, 4))%2 == 0
	}},
}

func inDisc(u, v int) bool { return u*u+v*v <= One*One }

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
		if normal.u*u+normal.v*v > 370*One {
			crossed++
		}
	}
	return crossed <= 1
}

var starNormals = [5]struct{ u, v int }{{0, 1024}, {974, 316}, {602, -828}, {-602, -828}, {-974, 316}}

// Bar is a rectangle of half a unit's thickness divided by thinness.
func Bar(thinness int) Outline {
	return func(u, v int) bool { return abs(u) <= One && abs(v)*thinness <= One }
}

// Blob is an ellipse whose axes are as thinness to one.
func Blob(thinness int) Outline {
	return func(u, v int) bool { return u*u+square(v*thinness) <= One*One }
}

func square(x int) int { return x * x }

func abs(x int) int { return max(x, -x) }
