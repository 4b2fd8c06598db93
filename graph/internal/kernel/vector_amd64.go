//go:build amd64 && !noasm

package kernel

import "golang.org/x/sys/cpu"

var avx512 = &vectorUnit{
	name: "avx512", peak: peakAVX512, width: 16,
	conv: [][]tileFunc{{nil, convTileAVX512_1_1, convTileAVX512_1_2, convTileAVX512_1_3, convTileAVX512_1_4, convTileAVX512_1_5, convTileAVX512_1_6, convTileAVX512_1_7, convTileAVX512_1_8, convTileAVX512_1_9, convTileAVX512_1_10, convTileAVX512_1_11, convTileAVX512_1_12, convTileAVX512_1_13, convTileAVX512_1_14, convTileAVX512_1_15, convTileAVX512_1_16},
		{nil, convTileAVX512_2_1, convTileAVX512_2_2, convTileAVX512_2_3, convTileAVX512_2_4, convTileAVX512_2_5, convTileAVX512_2_6, convTileAVX512_2_7, convTileAVX512_2_8, convTileAVX512_2_9, convTileAVX512_2_10, convTileAVX512_2_11, convTileAVX512_2_12, convTileAVX512_2_13, convTileAVX512_2_14}},
	grad: []func(dw, x, dy *float32, rows, cols, dwstep, xstep, xrow, dystep, dyrow int){nil,
		gradTileAVX512_1, gradTileAVX512_2, gradTileAVX512_3, gradTileAVX512_4,
		gradTileAVX512_5, gradTileAVX512_6, gradTileAVX512_7, gradTileAVX512_8,
		gradTileAVX512_9, gradTileAVX512_10, gradTileAVX512_11, gradTileAVX512_12,
		gradTileAVX512_13, gradTileAVX512_14, gradTileAVX512_15, gradTileAVX512_16},
	depth: []func(y, x, w, bias, add *float32, places *int, runs int, offsets *int, taps, step, ystep, relu int){nil,
		depthTileAVX512_1, depthTileAVX512_2, depthTileAVX512_3, depthTileAVX512_4, depthTileAVX512_5, depthTileAVX512_6, depthTileAVX512_7, depthTileAVX512_8, depthTileAVX512_9, depthTileAVX512_10, depthTileAVX512_11, depthTileAVX512_12, depthTileAVX512_13, depthTileAVX512_14, depthTileAVX512_15, depthTileAVX512_16},
	depthGrad: []func(dw, x, dy *float32, rows, cols, xtap, xstep, xrow int){nil,
		depthGradAVX512_1, depthGradAVX512_2, depthGradAVX512_3, depthGradAVX512_4, depthGradAVX512_5, depthGradAVX512_6, depthGradAVX512_7, depthGradAVX512_8},
	copyBlocks: copyBlocksAVX512, maxPool: maxPoolAVX512,
	winogradInput: winogradInputAVX512, winogradOutput: winogradOutputAVX512, winogradWeights: winogradWeightsAVX512,
	winogradGrad: winogradGradAVX512, winogradWeightsGrad: winogradWeightsGradAVX512,
	group:        64,
	moments:      momentsAVX512,
	gradSums:     gradSumsAVX512,
	gradSumsReLU: gradSumsReLUAVX512, gradSumsStore: gradSumsStoreAVX512,
	gradInput:     gradInputAVX512,
	gradInputReLU: gradInputReLUAVX512,
	affine:        affineAVX512,
	affineReLU:    affineReLUAVX512,
	affineAdd:     affineAddAVX512,
	affineAddReLU: affineAddReLUAVX512,
	relu:          reluAVX512,
	reluGrad:      reluGradAVX512,
	add:           addAVX512,
	addReLU:       addReLUAVX512,
	sgd:           sgdAVX512,
	adam:          adamAVX512,
	functions:     &functionsAVX512,
	columns: columnKernels{
		affine: columnAffineAVX512, affineReLU: columnAffineReLUAVX512, moments: columnMomentsAVX512,
		gradSums: columnGradSumsAVX512, gradSumsReLU: columnGradSumsReLUAVX512,
		gradInput: columnGradInputAVX512, gradInputReLU: columnGradInputReLUAVX512,
		gradInputAdd: columnGradInputAddAVX512, gradInputReLUAdd: columnGradInputReLUAddAVX512,
	},
}

var avx2 = &vectorUnit{
	name: "avx2", peak: peakAVX2, width: 8,
	conv: [][]tileFunc{{nil, convTileAVX2_1_1, convTileAVX2_1_2, convTileAVX2_1_3, convTileAVX2_1_4, convTileAVX2_1_5, convTileAVX2_1_6}},
	grad: []func(dw, x, dy *float32, rows, cols, dwstep, xstep, xrow, dystep, dyrow int){nil,
		gradTileAVX2_1, gradTileAVX2_2, gradTileAVX2_3, gradTileAVX2_4, gradTileAVX2_5, gradTileAVX2_6},
	depth: []func(y, x, w, bias, add *float32, places *int, runs int, offsets *int, taps, step, ystep, relu int){nil,
		depthTileAVX2_1, depthTileAVX2_2, depthTileAVX2_3, depthTileAVX2_4, depthTileAVX2_5, depthTileAVX2_6},
	depthGrad: []func(dw, x, dy *float32, rows, cols, xtap, xstep, xrow int){nil,
		depthGradAVX2_1, depthGradAVX2_2, depthGradAVX2_3, depthGradAVX2_4, depthGradAVX2_5, depthGradAVX2_6, depthGradAVX2_7},
	copyBlocks: copyBlocksAVX2, maxPool: maxPoolAVX2,
	winogradInput: winogradInputAVX2, winogradOutput: winogradOutputAVX2, winogradWeights: winogradWeightsAVX2,
	winogradGrad: winogradGradAVX2, winogradWeightsGrad: winogradWeightsGradAVX2,
	group:        16,
	moments:      momentsAVX2,
	gradSums:     gradSumsAVX2,
	gradSumsReLU: gradSumsReLUAVX2, gradSumsStore: gradSumsStoreAVX2,
	gradInput:     gradInputAVX2,
	gradInputReLU: gradInputReLUAVX2,
	affine:        affineAVX2,
	affineReLU:    affineReLUAVX2,
	affineAdd:     affineAddAVX2,
	affineAddReLU: affineAddReLUAVX2,
	relu:          reluAVX2,
	reluGrad:      reluGradAVX2,
	add:           addAVX2,
	addReLU:       addReLUAVX2,
	sgd:           sgdAVX2,
	adam:          adamAVX2,
	functions:     &functionsAVX2,
	columns: columnKernels{
		affine: columnAffineAVX2, affineReLU: columnAffineReLUAVX2, moments: columnMomentsAVX2,
		gradSums: columnGradSumsAVX2, gradSumsReLU: columnGradSumsReLUAVX2,
		gradInput: columnGradInputAVX2, gradInputReLU: columnGradInputReLUAVX2,
		gradInputAdd: columnGradInputAddAVX2, gradInputReLUAdd: columnGradInputReLUAddAVX2,
	},
}

// vectorUnits are what the processor has, the best first.
func vectorUnits() (has []arithmetic) {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		has = append(has, vectors{u: avx512})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		has = append(has, vectors{u: avx2})
	}
	return has
}
