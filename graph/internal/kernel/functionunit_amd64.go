//go:build amd64 && !noasm

package kernel

var functionsAVX512 = functionUnit{
	width: 16, exp: expAVX512,
	activation: [...]func(x, y []float32){RectifiedLinear6: relu6AVX512, Logistic: sigmoidAVX512, SigmoidLinear: siluAVX512,
		GaussianErrorLinear: geluAVX512, GaussianErrorLinearTanh: geluTanhAVX512, HardSwish: hardswishAVX512},
	rows: [...]func(x *float32, rows, registers, stride int){RectifiedLinear6: relu6RowsAVX512, Logistic: sigmoidRowsAVX512, SigmoidLinear: siluRowsAVX512,
		GaussianErrorLinear: geluRowsAVX512, GaussianErrorLinearTanh: geluTanhRowsAVX512, HardSwish: hardswishRowsAVX512},
	slope: [...]func(x, dy, dx []float32){RectifiedLinear6: relu6GradAVX512, Logistic: sigmoidGradAVX512, SigmoidLinear: siluGradAVX512,
		GaussianErrorLinear: geluGradAVX512, GaussianErrorLinearTanh: geluTanhGradAVX512, HardSwish: hardswishGradAVX512},
	rowMax: rowMaxAVX512, expSum: expSumAVX512, scale: scaleAVX512, dot: dotAVX512, softmaxGrad: softmaxGradAVX512, add: rowAddAVX512, mul: rowMulAVX512,
	rowMoments: rowMomentsAVX512, normRow: normRowAVX512, normGradSums: normGradSumsAVX512, normGradRow: normGradRowAVX512, normColumns: normColumnsAVX512, columnSums: columnSumsAVX512,
	matTile: []func(y, a, b *float32, depth, arow, acol, yrow, add int){nil, matTileAVX512_1, matTileAVX512_2, matTileAVX512_3, matTileAVX512_4, matTileAVX512_5, matTileAVX512_6, matTileAVX512_7, matTileAVX512_8, matTileAVX512_9, matTileAVX512_10, matTileAVX512_11, matTileAVX512_12},
}

var functionsAVX2 = functionUnit{
	width: 8, exp: expAVX2,
	activation: [...]func(x, y []float32){RectifiedLinear6: relu6AVX2, Logistic: sigmoidAVX2, SigmoidLinear: siluAVX2,
		GaussianErrorLinear: geluAVX2, GaussianErrorLinearTanh: geluTanhAVX2, HardSwish: hardswishAVX2},
	rows: [...]func(x *float32, rows, registers, stride int){RectifiedLinear6: relu6RowsAVX2, Logistic: sigmoidRowsAVX2, SigmoidLinear: siluRowsAVX2,
		GaussianErrorLinear: geluRowsAVX2, GaussianErrorLinearTanh: geluTanhRowsAVX2, HardSwish: hardswishRowsAVX2},
	slope: [...]func(x, dy, dx []float32){RectifiedLinear6: relu6GradAVX2, Logistic: sigmoidGradAVX2, SigmoidLinear: siluGradAVX2,
		GaussianErrorLinear: geluGradAVX2, GaussianErrorLinearTanh: geluTanhGradAVX2, HardSwish: hardswishGradAVX2},
	rowMax: rowMaxAVX2, expSum: expSumAVX2, scale: scaleAVX2, dot: dotAVX2, softmaxGrad: softmaxGradAVX2, add: rowAddAVX2, mul: rowMulAVX2,
	rowMoments: rowMomentsAVX2, normRow: normRowAVX2, normGradSums: normGradSumsAVX2, normGradRow: normGradRowAVX2, normColumns: normColumnsAVX2, columnSums: columnSumsAVX2,
	matTile: []func(y, a, b *float32, depth, arow, acol, yrow, add int){nil, matTileAVX2_1, matTileAVX2_2, matTileAVX2_3, matTileAVX2_4, matTileAVX2_5, matTileAVX2_6},
}
