# Kernel sources of each core, relative to core/; for `<board>.kernels` in a port.mk and for the test images.
kernels.reference := kernels_ref.c kernels_ref_check.c kernels_ref_reduce.c kernels_ref_softmax.c kernels_ref_two.c kernels_ref_move.c
kernels.m0p := kernels_m0p_table.c kernels_packed.c kernels_m0p_packed.S kernels_direct.c kernels_m0p_four.c kernels_nine.c kernels_rows.c kernels_columns.c kernels_dense.c kernels_depthwise.c
kernels.m3 := kernels_m3_table.c kernels_packed.c kernels_m3_packed.S kernels_m3_stacked.S kernels_m3.c kernels_m3_taps.S kernels_m3_nine.S kernels_direct.c kernels_nine.c kernels_rows.c kernels_columns.c kernels_dense.c kernels_depthwise.c
kernels.m4 := kernels_m4_table.c kernels_m4.c kernels_m4_conv3.S kernels_m4_window.S kernels_m4_points.S kernels_m4_depthwise.c kernels_m4_quads.S kernels_m4_nine.c kernels_m4_nine.S kernels_m4_dense.c kernels_m4_dense.S kernels_m4_few.S kernels_rows.c kernels_columns.c kernels_dense.c kernels_depthwise.c
